"""The plugins that come with Switchboard: one OCPP profile or one policy a file.

They come in by the same door as a stranger's plugin: entry points of the group `switchboard.plugins`. They know
`broker.api` and nothing else of the broker.
"""
