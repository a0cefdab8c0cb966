"""The kubernetes provider: any kind, written with server-side apply; its state is the official provider's."""
