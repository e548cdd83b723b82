"""Amazon Bedrock batch inference in Slack: three nouns, one bot.

Jobs, alarms and metrics each have a folder with the same rooms. Pure rooms (``job``, ``alarm``, ``kinds``, ``series``,
``catalog``, ``views``, ``charts``, ``blocks``, ``errors`` and their like) import only pure rooms; outsides
(``store``, ``bedrock``, ``db``, ``slack/client``, ``aws/``) never import a service or a view; no feature imports
another; ``app.py`` alone knows everyone and hands callables over. ``tests/test_architecture.py`` holds this.
"""
