"""HTTPS by an authority of the site's own."""

import ipaddress
from pathlib import Path

from cryptography import x509

from webapp.front import certificates


def test_the_authority_may_vouch_for_this_site_alone(tmp_path: Path) -> None:
    made = certificates.pair(tmp_path, ["localhost", "[::1]", "192.168.1.7", ".example.org"])
    authority = (tmp_path / "ca.crt").read_bytes()
    certificates.pair(tmp_path, ["10.0.0.2", "digits.example.org", "phone.local"])
    assert (tmp_path / "ca.crt").read_bytes() == authority
    constrained = x509.load_pem_x509_certificate(authority)
    assert not certificates.may_vouch(constrained, x509.DNSName("bank.org"))
    assert not certificates.may_vouch(constrained, x509.IPAddress(ipaddress.ip_address("192.0.2.1")))
    certificates.pair(tmp_path, ["bank.org"])
    assert (tmp_path / "ca.crt").read_bytes() != authority
    assert made.key.stat().st_mode & 0o777 == 0o600
