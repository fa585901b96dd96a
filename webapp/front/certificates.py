"""HTTPS without anybody else: an authority of this site's own, and a certificate by it for the names of this machine.

A phone that has `ca.crt` installed opens the site without a warning. The authority stays the same for ten years, the
certificate is made anew at every start. So that nobody who trusts it for this site trusts it for their bank, it may
vouch for private networks and for the names that the site had when it was made, and for nothing else.
"""

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 800  # Apple's devices take none that is valid for more than 825
AHEAD = timedelta(days=1)  # clocks differ

PRIVATE_NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
PRIVATE_NETWORKS_6 = ("::1/128", "fc00::/7", "fe80::/10")
LOCAL_NAMES = ("localhost", "local")

Key = ec.EllipticCurvePrivateKey
Subtree = x509.DNSName | x509.IPAddress


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in files."""

    certificate: Path
    key: Path


def pair(folder: Path, names: Iterable[str]) -> Pair:
    """A certificate for these names by the authority in this folder, which is made where there is none."""
    said = [as_name(name) for name in names]
    authority, signer = the_authority(Pair(folder / "ca.crt", folder / "ca.key"), said)
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = x509.SubjectAlternativeName(said)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        began(named("Handwritten digits"), authority.subject, key.public_key(), CERTIFICATE_DAYS)
        .add_extension(alternatives, critical=False)
        .add_extension(usage, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    made = Pair(folder / "site.crt", folder / "site.key")
    write(made, certificate, key)
    return made


def the_authority(files: Pair, names: list[Subtree]) -> tuple[x509.Certificate, Key]:
    if files.certificate.exists() and files.key.exists():
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        left = certificate.not_valid_after_utc - datetime.now(UTC)
        enough = left > timedelta(days=CERTIFICATE_DAYS) and all(may_vouch(certificate, name) for name in names)
        if isinstance(key, Key) and enough:
            return certificate, key
    return new_authority(files, names)


def new_authority(files: Pair, names: list[Subtree]) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = named(f"Handwritten digits, {os.uname().nodename}"[:64])
    may = x509.KeyUsage(**dict.fromkeys(KEY_USES, False) | {"key_cert_sign": True, "crl_sign": True})
    certificate = (
        began(subject, subject, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(may, critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=subtrees(names), excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write(files, certificate, key)
    return certificate, key


KEY_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def began(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - AHEAD).not_valid_after(now + timedelta(days=days))


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def as_name(name: str) -> Subtree:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name if not name.startswith(".") else f"*{name}")


def subtrees(names: list[Subtree]) -> list[x509.GeneralName]:
    """What the authority may vouch for: a name stands for those below it, too."""
    domains = [*LOCAL_NAMES, *(name.value.removeprefix("*.") for name in names if isinstance(name, x509.DNSName))]
    networks = [ipaddress.ip_network(network) for network in (*PRIVATE_NETWORKS, *PRIVATE_NETWORKS_6)]
    networks += [ipaddress.ip_network(name.value) for name in names if isinstance(name, x509.IPAddress)]
    unique = dict.fromkeys(domains), dict.fromkeys(networks)
    return [*map(x509.DNSName, unique[0]), *map(x509.IPAddress, unique[1])]


def may_vouch(authority: x509.Certificate, name: Subtree) -> bool:
    try:
        permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return False
    if isinstance(name, x509.IPAddress):
        networks = [ipaddress.ip_network(one.value) for one in permitted if isinstance(one, x509.IPAddress)]
        return any(ipaddress.ip_network(name.value).network_address in network for network in networks)
    below = name.value.removeprefix("*.")
    return any(isinstance(one, x509.DNSName) and f".{below}".endswith(f".{one.value}") for one in permitted)


def write(files: Pair, certificate: x509.Certificate, key: Key) -> None:
    """The key first, and for its owner alone."""
    files.key.touch(mode=0o600)
    files.key.chmod(0o600)
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files.key.write_bytes(secret)
    files.certificate.write_bytes(certificate.public_bytes(encoding))
