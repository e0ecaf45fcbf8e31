"""The container engine, driven through the docker client and Compose v2.

`engine.py` is the port's adapter, one short method per verb. `client.py` makes bounded
python-on-whales clients for verbs that are one typed call, `process.py` runs the client itself for
batches and streams; both start it with the environment of `environment.py`, and `failure.py` puts
what it says into words for the user.
"""

from __future__ import annotations

from multicooker.adapters.docker.engine import DockerEngine

__all__ = ["DockerEngine"]
