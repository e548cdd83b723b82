"""The tour: the whole story played by two people through the public doors, printed as text, every message expected."""

from playground.tour.play import play
from playground.tour.world import Options

__all__ = ["Options", "play"]
