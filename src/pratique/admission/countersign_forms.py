"""Making what a plan lacks: every form of signature, outside of any transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pratique.admission.countersign_plan import CLASSIC_LAYERS, Form, Plan, basis_of
from pratique.clock import Moment, rfc3339
from pratique.oci.digest import Digest
from pratique.trust.signing import SigningKey, SigningKeys, Written, classic, envelopes, notary, summary
from pratique.trust.signing.classic import Layer
from pratique.trust.signing.written import Named
from pratique.trust.store.signing import Countersignature


@dataclass(frozen=True, slots=True)
class Made:
    """What to store: rows with the referrers that carry them, classic rows, and the manifest of the classic tag.

    `kept` are the rows that stay as they are; of those that a plan has, all others go. `tag_manifest` None: nothing is
    to be at the classic tag.
    """

    kept: tuple[Countersignature, ...]
    referrers: tuple[tuple[Countersignature, Written], ...] = ()
    layers: tuple[Countersignature, ...] = ()
    tag_manifest: Written | None = None

    @property
    def blobs(self) -> dict[Digest, bytes]:
        """Everything that must be laid down first."""
        written = [one for _, one in self.referrers] + ([self.tag_manifest] if self.tag_manifest else [])
        return {digest: content for one in written for digest, content in one.blobs.items()}


def layer_of(row: Countersignature) -> Layer:
    """The layer that a classic row stands for."""
    return Layer(row.payload.encode(), row.signature)


def make(plan: Plan, keys: SigningKeys, now: Moment) -> Made:
    """What the plan lacks, signed. Raises Unavailable when a key can't be used."""
    if plan.named is None:
        return Made(())
    wanted = [*_referrers(plan, plan.named, keys, now), *_layers(plan, plan.named, keys)]
    kept = tuple(row for row in plan.has if _stays(plan, row, [want.row for want in wanted]))
    there = {(row.form, row.key_id, row.reference, row.basis) for row in kept}
    lacking = [want for want in wanted if _identity(want.row) not in there]
    made = [(want.row, want.write()) for want in lacking if want.row.form != Form.CLASSIC]
    layers = tuple(want.sign() for want in lacking if want.row.form == Form.CLASSIC)
    return Made(kept, tuple(made), layers, _tag_manifest(plan, kept, layers))


class _Want:
    """A signature that should be there: its row, and how it is made."""

    def __init__(
        self,
        named: Named,
        row: Countersignature,
        key: SigningKey,
        keys: SigningKeys,
        content: bytes,
        now: Moment,
    ) -> None:
        self.row = row
        self._named = named
        self._key = key
        self._keys = keys
        self._content = content
        self._now = now

    def write(self) -> Written:
        """Sign, in a referrer."""
        signer, created = self._keys.signer(self._key), f"{rfc3339(self._now)[:19]}Z"
        if self._key.chain is not None:
            envelope = notary.envelope(signer, self._key.chain, self._content, self._now)
            return notary.referrer(self._named, envelope, self._key.chain, created)
        return envelopes.bundle_referrer(self._named, envelopes.bundle(signer, self._content), created)

    def sign(self) -> Countersignature:
        """Sign, as a classic layer; the row with the signature in it."""
        layer = classic.signed_layer(self._keys.signer(self._key), self._content)
        return replace(self.row, payload=self._content.decode(), signature=layer.signature)


def _referrers(plan: Plan, named: Named, keys: SigningKeys, now: Moment) -> Iterator[_Want]:
    statement = envelopes.signature_statement(named)
    yield _want(plan, named, keys, Form.BUNDLE, statement, basis_of(statement), now)
    payload, chain = notary.payload(named), plan.key(Form.NOTATION).chain
    yield _want(
        plan, named, keys, Form.NOTATION, payload, basis_of(payload, *(chain.der if chain else ())), now
    )
    if plan.admitted is not None:
        # When it was judged is no part of the basis: judged again with the same outcome, the summary stays.
        basis = basis_of(plan.admitted.policy, *plan.admitted.evidence)
        content = summary.summary_statement(named, plan.admitted)
        yield _want(plan, named, keys, Form.SUMMARY, content, basis, now)


def _layers(plan: Plan, named: Named, keys: SigningKeys) -> Iterator[_Want]:
    if plan.classic is None:
        return
    for reference in plan.references:
        content = classic.payload(named, reference)
        want = _want(plan, named, keys, Form.CLASSIC, content, basis_of(content), Moment(0))
        want.row = replace(want.row, reference=reference)
        yield want


def _want(
    plan: Plan, named: Named, keys: SigningKeys, form: Form, content: bytes, basis: str, now: Moment
) -> _Want:
    key = plan.key(form)
    row = Countersignature(0, plan.repository.id, named.digest, form.value, key.id, "", basis, "", "", "")
    return _Want(named, row, key, keys, content, now)


def _stays(plan: Plan, row: Countersignature, wanted: list[Countersignature]) -> bool:
    """A signature stays that is wanted as it is, or that a retiring key has made of what is wanted still."""
    if not plan.is_published(row):
        return False
    if any(_identity(row) == _identity(want) for want in wanted):
        return True
    keys = {want.key_id for want in wanted}
    same = any((want.form, want.reference) == (row.form, row.reference) for want in wanted)
    return same and row.key_id not in keys


def _tag_manifest(
    plan: Plan, kept: tuple[Countersignature, ...], layers: tuple[Countersignature, ...]
) -> Written | None:
    if plan.classic is None:
        return None
    staying = [layer_of(row) for row in (*kept, *layers) if row.form == Form.CLASSIC]
    ours = [layer_of(row) for row in plan.has if row.form == Form.CLASSIC]
    going = [layer for layer in ours if layer not in staying]
    there = plan.classic.manifest
    if there is not None and len(classic.others(there, ours)) > CLASSIC_LAYERS:
        return classic.merged(there, without=ours, added=())
    return classic.merged(there, without=going, added=staying)


def _identity(row: Countersignature) -> tuple[str, int, str, str]:
    return row.form, row.key_id, row.reference, row.basis
