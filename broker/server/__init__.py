"""What listens: the station door, and the admin listener beside it (`broker.server.admin`).

The door takes connections, and decides from the identity, the TLS handshake, the credentials, the subprotocol and the
plugins who becomes a session; the session itself it hands to `broker.session`. It does not know frames, calls,
upstreams or routes, and nothing of how the process is started.
"""
