"""Name constraints (RFC 5280, section 4.2.1.10): which names the certificates below an authority may carry.

Compared are email addresses, host names, hosts of URIs, IP addresses and directory names; a constraint on any other
form is not understood, and then a certificate that has such a name is refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from cryptography import x509
from cryptography.x509 import Certificate, GeneralName
from cryptography.x509.oid import ExtensionOID, NameOID

from pratique.trust.certificates import der
from pratique.trust.certificates.anatomy import anatomy_of
from pratique.trust.certificates.extensions import find_value
from pratique.trust.certificates.invalid import ChainInvalid
from pratique.trust.certificates.name_forms import NotComparable, directory, dns, email, ip, uri
from pratique.trust.strict import Unreadable

COMPARISON_LIMIT: Final = 10_000
"""Names times constraints of one pair of certificates."""

_WITHIN: Final[Mapping[type[GeneralName], Callable[..., bool]]] = {
    x509.RFC822Name: email,
    x509.DNSName: dns,
    x509.UniformResourceIdentifier: uri,
    x509.IPAddress: ip,
    x509.DirectoryName: directory,
}


def check(path: Sequence[Certificate]) -> None:
    """Hold every certificate of a path leaf … anchor to the constraints of those above it. Raises ChainInvalid."""
    for position, authority in enumerate(path):
        constraints = find_value(authority, x509.NameConstraints)
        if constraints is None:
            continue
        _check_subtrees(authority)
        for index, certificate in enumerate(path[:position]):
            # Section 6.1.3 (b): not those that an authority issued to itself, unless it is the last one.
            if index == 0 or certificate.subject != certificate.issuer:
                _check_names(tuple(_names_of(certificate)), constraints)


def _check_names(names: Sequence[GeneralName], constraints: x509.NameConstraints) -> None:
    permitted = constraints.permitted_subtrees or []
    excluded = constraints.excluded_subtrees or []
    if len(names) * (len(permitted) + len(excluded)) > COMPARISON_LIMIT:
        raise ChainInvalid("there are too many names and name constraints to compare")
    for name in names:
        allowing = [each for each in permitted if _same_form(each, name)]
        if allowing and not any(_within(name, each) for each in allowing):
            raise ChainInvalid(f"the name {_written(name)} is not one that its authority may certify")
        if any(_within(name, each) for each in excluded if _same_form(each, name)):
            raise ChainInvalid(f"the name {_written(name)} is excluded by the constraints of its authority")


def _within(name: GeneralName, constraint: GeneralName) -> bool:
    try:
        return _WITHIN[type(name)](name.value, constraint.value)
    except (KeyError, NotComparable) as error:
        raise ChainInvalid(f"the name {_written(name)} can't be compared with a name constraint") from error


def _same_form(constraint: GeneralName, name: GeneralName) -> bool:
    if isinstance(constraint, x509.OtherName) and isinstance(name, x509.OtherName):
        return constraint.type_id == name.type_id
    return type(constraint) is type(name)


def _names_of(certificate: Certificate) -> Iterator[GeneralName]:
    """The alternative names, the subject if there is one, and email addresses in it (section 4.1.2.6)."""
    alternative = find_value(certificate, x509.SubjectAlternativeName)
    yield from alternative or ()
    if list(certificate.subject):
        yield x509.DirectoryName(certificate.subject)
    if alternative is None:
        for attribute in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
            yield x509.RFC822Name(str(attribute.value))


def _check_subtrees(authority: Certificate) -> None:
    """A subtree is its base: `minimum` and `maximum` are zero and absent in this profile (section 4.2.1.10)."""
    try:
        value = anatomy_of(authority).extension(ExtensionOID.NAME_CONSTRAINTS) or b""
        for side in der.children(der.read_element(value, "the name constraints"), "the name constraints"):
            for subtree in der.children(side, "the name constraints"):
                if len(tuple(der.children(subtree, "the name constraints"))) != 1:
                    raise ChainInvalid("a name constraint has a minimum or maximum, which is not processed")
    except Unreadable as error:
        raise ChainInvalid(str(error)) from error


def _written(name: GeneralName) -> str:
    return repr(str(name.value)[:200])
