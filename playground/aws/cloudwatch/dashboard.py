"""A board as CloudWatch keeps it."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Dashboard:
    """One board; its ARN has no region."""

    arn: str
    name: str
    body: str
    modified: datetime
    tags: list[dict[str, str]] = field(default_factory=list)

    def entry(self) -> dict[str, object]:
        """Dress it as ListDashboards does."""
        return {
            "DashboardName": self.name,
            "DashboardArn": self.arn,
            "LastModified": self.modified.timestamp(),
            "Size": len(self.body.encode()),
        }
