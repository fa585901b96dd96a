"""What gunicorn believes of a request, wherever it serves the site: nothing but the connection itself.

By default it takes the scheme, SCRIPT_NAME and PATH_INFO from headers of whoever connects from this machine, which is
everybody behind a tunnel, and from anybody on a Unix socket. A proxy's word is Django's to weigh (BEHIND_PROXY).
"""

forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
header_map = "drop"  # a name with underscores could pose as one with dashes
proxy_protocol = "off"
