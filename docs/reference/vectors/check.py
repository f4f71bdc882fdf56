#!/usr/bin/env python3
"""Checks the vectors beside this file with nothing but the Python standard library.

It shares no code with vrm: its own strict CBOR reader and writer, Ed25519 (RFC 8032), X25519 (RFC 7748),
HKDF (RFC 5869), ChaCha20-Poly1305 (RFC 8439) and HPKE (RFC 9180), slow and plain. Usage: python3 check.py
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Refused(Exception):
    """A rule of the protocol is broken."""


def load(name):
    return json.loads((HERE / (name + ".json")).read_text(encoding="utf-8"))


def sha256(data):
    return hashlib.sha256(data).digest()


# --- deterministic CBOR -----------------------------------------------------------------------------------------


class Reader:
    """Reads one item of the profile and refuses every other spelling of it."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise Refused("Truncated")
        self.at += n
        return self.data[self.at - n : self.at]

    def head(self):
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            if info in (20, 21, 22):
                return major, info
            raise Refused({25: "Float", 26: "Float", 27: "Float", 31: "Indefinite", 28: "Reserved",
                           29: "Reserved", 30: "Reserved"}.get(info, "Simple"))
        if info < 24:
            return major, info
        if info > 27:
            raise Refused("Indefinite" if info == 31 else "Reserved")
        size = 1 << (info - 24)
        value = int.from_bytes(self.take(size), "big")
        if value < (24 if size == 1 else 1 << (4 * size)):
            raise Refused("NotShortest")
        return major, value

    def text(self, n):
        try:
            return self.take(n).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("NotUtf8") from None

    def item(self, depth=0):
        if depth > 16:
            raise Refused("TooDeep")
        major, n = self.head()
        if major == 0:
            return n
        if major == 1:
            return -1 - n
        if major == 2:
            return self.take(n)
        if major == 3:
            return self.text(n)
        if major == 4:
            if n > len(self.data):
                raise Refused("Truncated")
            return [self.item(depth + 1) for _ in range(n)]
        if major == 5:
            return self.map(n, depth)
        if major == 6:
            raise Refused("Tag")
        return {20: False, 21: True, 22: None}[n]

    def map(self, n, depth):
        out, last = {}, None
        for _ in range(n):
            major, size = self.head()
            if major != 3:
                raise Refused("KeyNotText")
            key = self.text(size)
            order = (size, key.encode())
            if last is not None and order <= last:
                raise Refused("Duplicate" if order == last else "Unsorted")
            last, out[key] = order, self.item(depth + 1)
        return out


def decode(data):
    reader = Reader(data)
    value = reader.item()
    if reader.at != len(data):
        raise Refused("Trailing")
    return value


def head(major, n):
    for info, size in ((None, 0), (24, 1), (25, 2), (26, 4), (27, 8)):
        if info is None and n < 24:
            return bytes([major << 5 | n])
        if info is not None and n < 1 << (8 * size):
            return bytes([major << 5 | info]) + n.to_bytes(size, "big")
    raise ValueError(n)


def encode(value):
    if value is False or value is True or value is None:
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
    return head(5, len(value)) + b"".join(encode(k) + encode(value[k]) for k in keys)


def from_dag_json(value):
    """DAG-JSON to values: {"/": {"bytes": base64}} stands for bytes."""
    if isinstance(value, list):
        return [from_dag_json(v) for v in value]
    if isinstance(value, dict):
        if set(value) == {"/"}:
            text = value["/"]["bytes"]
            return base64.b64decode(text + "=" * (-len(text) % 4))
        return {k: from_dag_json(v) for k, v in value.items()}
    return value


# --- Ed25519 ----------------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def recover_x(y, sign):
    if y >= P:
        raise Refused("Signature")
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * I % P
    if (x * x - xx) % P or (x == 0 and sign):
        raise Refused("Signature")
    return P - x if x & 1 != sign else x


def point(data):
    number = int.from_bytes(data, "little")
    y = number & (1 << 255) - 1
    x = recover_x(y, number >> 255)
    return (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, p):
    out = IDENTITY
    while n:
        if n & 1:
            out = add(out, p)
        p, n = add(p, p), n >> 1
    return out


def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def pack(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def secret_of(seed):
    h = hashlib.sha512(seed).digest()
    return int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254, h[32:]


def ed_public(seed):
    return pack(times(secret_of(seed)[0], BASE))


def ed_sign(seed, message):
    a, prefix = secret_of(seed)
    public = pack(times(a, BASE))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    big_r = pack(times(r, BASE))
    k = int.from_bytes(hashlib.sha512(big_r + public + message).digest(), "little") % L
    return big_r + ((r + k * a) % L).to_bytes(32, "little")


def ed_verify(public, message, signature):
    """The strict rule: canonical encodings, no key or commitment of small order, the equation without cofactor."""
    a, r = point(public), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    small = same(times(8, a), IDENTITY) or same(times(8, r), IDENTITY)
    if s >= L or small or not same(times(s, BASE), add(r, times(k, a))):
        raise Refused("Signature")


# --- X25519, HKDF, ChaCha20-Poly1305, HPKE ----------------------------------------------------------------------


def x25519(scalar, u):
    k = int.from_bytes(scalar, "little") & (1 << 254) - 8 | 1 << 254
    x1 = int.from_bytes(u, "little") & (1 << 255) - 1
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in range(254, -1, -1):
        if k >> t & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % P, c * b % P, a * a % P, b * b % P
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
        if k >> t & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def x_public(seed):
    return x25519(seed, (9).to_bytes(32, "little"))


def extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def expand(prk, info, n):
    out, block = b"", b""
    while len(out) < n:
        block = hmac.new(prk, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:n]


def rotate(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def chacha_block(key, counter, nonce):
    words = lambda data: [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
    start = words(b"expand 32-byte k") + words(key) + [counter] + words(nonce)
    s = start[:]

    def quarter(a, b, c, d):
        for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            s[z] = rotate(s[z] ^ s[x], n)

    for _ in range(10):
        for q in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                  (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*q)
    return b"".join(((a + b) & 0xFFFFFFFF).to_bytes(4, "little") for a, b in zip(s, start))


def chacha(key, nonce, data):
    stream = b"".join(chacha_block(key, 1 + i, nonce) for i in range((len(data) + 63) // 64))
    return bytes(a ^ b for a, b in zip(data, stream))


def poly1305(key, aad, text):
    zeros = lambda data: bytes(-len(data) % 16)
    data = aad + zeros(aad) + text + zeros(text) + len(aad).to_bytes(8, "little") + len(text).to_bytes(8, "little")
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i : i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], "little") & (1 << 128) - 1).to_bytes(16, "little")


def aead_seal(key, nonce, aad, plain):
    text = chacha(key, nonce, plain)
    return text + poly1305(chacha_block(key, 0, nonce)[:32], aad, text)


def aead_open(key, nonce, aad, sealed):
    text, tag = sealed[:-16], sealed[-16:]
    if len(sealed) < 16 or poly1305(chacha_block(key, 0, nonce)[:32], aad, text) != tag:
        raise Refused("Closed")
    return chacha(key, nonce, text)


KEM = b"KEM" + (0x20).to_bytes(2, "big")
HPKE = b"HPKE" + b"\x00\x20\x00\x01\x00\x03"


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, n):
    return expand(prk, n.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, n)


def derive_key_pair(ikm):
    secret = labeled_expand(KEM, labeled_extract(KEM, b"", b"dkp_prk", ikm), b"sk", b"", 32)
    return secret, x_public(secret)


def schedule(dh, enc, recipient, info):
    if dh == bytes(32):
        raise Refused("Closed")
    eae = labeled_extract(KEM, b"", b"eae_prk", dh)
    shared = labeled_expand(KEM, eae, b"shared_secret", enc + recipient, 32)
    hashes = labeled_extract(HPKE, b"", b"psk_id_hash", b"") + labeled_extract(HPKE, b"", b"info_hash", info)
    secret = labeled_extract(HPKE, shared, b"secret", b"")
    context = b"\x00" + hashes
    return (labeled_expand(HPKE, secret, b"key", context, 32), labeled_expand(HPKE, secret, b"base_nonce", context, 12))


def hpke_seal(recipient, info, aad, plain, chance):
    secret, enc = derive_key_pair(chance)
    key, nonce = schedule(x25519(secret, recipient), enc, recipient, info)
    return enc, aead_seal(key, nonce, aad, plain)


def hpke_open(secret, info, aad, enc, sealed):
    key, nonce = schedule(x25519(secret, enc), enc, x_public(secret), info)
    return aead_open(key, nonce, aad, sealed)


# --- the protocol -----------------------------------------------------------------------------------------------

INFO = b"vrm/1/seal/1"
BUCKETS = (1 << 10, 4 << 10, 16 << 10, 64 << 10)


def domain(name, *parts):
    return sha256(b"vrm/1/" + name.encode() + b"\x00" + b"".join(parts))


def cid(payload):
    data = b"\x01\x71\x12\x20" + sha256(payload)
    return "b" + base64.b32encode(data).decode().lower().rstrip("=")


def did(key):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    n, out = int.from_bytes(b"\xed\x01" + key, "big"), ""
    while n:
        n, digit = divmod(n, 58)
        out = alphabet[digit] + out
    return "did:key:z" + out


def protected(key):
    return encode_int_map(((1, head(1, 7)), (4, encode(key))))


def encode_int_map(pairs):
    return head(5, len(pairs)) + b"".join(head(0, k) + v for k, v in pairs)


def open_envelope(data, kind):
    """The payload's bytes and meaning, when everything but the rules of the object holds."""
    top = b"\xd2\x84" + encode(protected(bytes(32)))[:-32]
    if not data.startswith(top) or len(data) < len(top) + 33:
        raise Refused("Shape")
    key = data[len(top) : len(top) + 32]
    rest = Reader(data)
    rest.at = len(top) + 32
    if rest.take(1) != b"\xa0" or data[rest.at] >> 5 != 2:
        raise Refused("Shape")
    try:
        payload, signature = rest.item(), rest.item()
    except Refused:
        raise Refused("Shape") from None
    if rest.at != len(data) or not isinstance(signature, bytes) or len(signature) != 64:
        raise Refused("Shape")
    try:
        meaning = decode(payload)
    except Refused as why:
        raise Refused("NotCanonical: " + str(why)) from None
    check_common(meaning, kind, key, payload)
    aad = b"vrm/1/" + kind.encode()
    ed_verify(key, encode(["Signature1", protected(key), aad, payload]), signature)
    return payload, meaning


def check_common(meaning, kind, key, payload):
    types = {"v": int, "kind": str, "by": bytes, "at": int, "till": int, "nonce": bytes, "body": dict}
    if not isinstance(meaning, dict) or any(type(meaning.get(k)) is not t for k, t in types.items()):
        raise Refused("NotThisKind")
    if meaning["v"] != 1:
        raise Refused("Version")
    if meaning["kind"] != kind or meaning["till"] <= meaning["at"]:
        raise Refused("Rule")
    if meaning["by"] != key:
        raise Refused("WrongIssuer")
    if 256 - int.from_bytes(sha256(payload), "big").bit_length() < meaning.get("pow", 0):
        raise Refused("Work")


def open_sealed(seed, context, sealed):
    if not sealed or sealed[0] != 1:
        raise Refused("Profile" if sealed else "Closed")
    padded = hpke_open(seed, INFO, context, sealed[1:33], sealed[33:])
    n = int.from_bytes(padded[:4], "big")
    if len(padded) not in BUCKETS or n > len(padded) - 4 or any(padded[4 + n :]):
        raise Refused("Closed")
    return padded[4 : 4 + n]


def seal(recipient, context, plain, chance):
    bucket = next(b for b in BUCKETS if len(plain) + 4 <= b)
    padded = len(plain).to_bytes(4, "big") + plain
    enc, sealed = hpke_seal(recipient, INFO, context, padded + bytes(bucket - len(padded)), chance)
    return b"\x01" + enc + sealed


def signer_structure(key, record):
    return encode(["Signature", b"", protected(key), b"vrm/1/agreement", record])


# --- the checks -------------------------------------------------------------------------------------------------

unhex = bytes.fromhex
KINDS = ("intent", "withdrawal", "card", "letter", "offer", "question", "answer", "counter", "decline",
         "acceptance", "confirmation", "entry", "invitation", "joining", "welcome")


def equal(found, wanted, what):
    if found != wanted:
        raise AssertionError("%s: found %r, wanted %r" % (what, found, wanted))


def check_keys():
    derive = lambda entropy, salt, label: expand(extract(salt, entropy), b"vrm/1/" + label.encode(), 32)
    count = 0
    for root in load("keys")["roots"]:
        entropy = unhex(root["entropy"])
        equal(len(root["words"].split()), 24, "words")
        vendor = ed_public(derive(entropy, b"", "vendor/sign"))
        equal((vendor.hex(), did(vendor)), (root["vendor"]["key"], root["vendor"]["did"]), "vendor")
        for what, label in (("intents", "intent"), ("pairwise", "pairwise")):
            for v in root[what]:
                salt = unhex(v["salt"])
                key = ed_public(derive(entropy, salt, label + "/sign"))
                equal((key.hex(), did(key)), (v["sign"]["key"], v["sign"]["did"]), label)
                equal(x_public(derive(entropy, salt, label + "/seal")).hex(), v["seal"], label)
                count += 1
        for v in root["vendor_reply"]:
            equal(x_public(derive(entropy, unhex(v["salt"]), "vendor/reply")).hex(), v["seal"], "vendor reply")
    for v in load("hashes")["vectors"]:
        equal(domain(v["domain"], *map(unhex, v["parts"])).hex(), v["hash"], v["domain"])
        count += 1
    return count


def check_objects():
    count = 0
    for kind in KINDS:
        file = load(kind)
        equal((file["kind"], file["aad"]), (kind, "vrm/1/" + kind), "kind")
        for v in file["vectors"]:
            what, seed, envelope = kind + " " + v["name"], unhex(v["seed"]), unhex(v["envelope_hex"])
            payload, meaning = open_envelope(envelope, kind)
            equal(payload.hex(), v["payload_hex"], what)
            equal(meaning, from_dag_json(v["payload"]), what)
            equal(encode(meaning), payload, what)
            equal(cid(payload), v["id"], what)
            key = ed_public(seed)
            signature = ed_sign(seed, encode(["Signature1", protected(key), file["aad"].encode(), payload]))
            made = b"\xd2\x84" + encode(protected(key)) + b"\xa0" + encode(payload) + encode(signature)
            equal(made, envelope, what)
            count += 1
    for v in load("detail")["vectors"]:
        equal(encode(from_dag_json(v["detail"])).hex(), v["detail_hex"], v["name"])
        equal(domain("detail", unhex(v["detail_hex"])).hex(), v["commitment"], v["name"])
        count += 1
    return count


def check_agreements():
    for v in load("agreement")["vectors"]:
        record = unhex(v["record_hex"])
        equal(encode(from_dag_json(v["record"])), record, v["name"])
        whole = b"\xd8\x62\x84\x40\xa0" + encode(record) + head(4, 2)
        for party in ("first", "second"):
            seed, signature = unhex(v[party + "_seed"]), unhex(v[party + "_sig"])
            key = ed_public(seed)
            equal(key, decode(record)[party], v["name"])
            ed_verify(key, signer_structure(key, record), signature)
            equal(ed_sign(seed, signer_structure(key, record)), signature, v["name"])
            whole += head(4, 3) + encode(protected(key)) + b"\xa0" + encode(signature)
        equal(whole.hex(), v["cose_hex"], v["name"])
        equal(sha256(whole).hex(), v["sha256"], v["name"])
    return len(load("agreement")["vectors"])


def check_sealing():
    file = load("seal")
    rfc = {k: unhex(v) for k, v in file["rfc9180_a_2_1"].items()}
    secret, public = derive_key_pair(rfc["ikm_r"])
    equal(public, rfc["pk_r"], "RFC 9180")
    equal(hpke_seal(public, rfc["info"], rfc["aad"], rfc["plain"], rfc["ikm_e"]), (rfc["enc"], rfc["sealed"]), "RFC 9180")
    equal(hpke_open(secret, rfc["info"], rfc["aad"], rfc["enc"], rfc["sealed"]), rfc["plain"], "RFC 9180")
    for v in file["vectors"]:
        seed, context, plain, sealed = (unhex(v[k]) for k in ("recipient_seed", "context", "plain", "sealed"))
        recipient = x_public(seed)
        equal((recipient.hex(), domain("box", recipient).hex()), (v["recipient"], v["box_id"]), v["name"])
        equal(open_sealed(seed, context, sealed), plain, v["name"])
        equal(seal(recipient, context, plain, unhex(v["chance"])), sealed, v["name"])
    for v in file["letters"]:
        envelope = next(x for x in load("letter")["vectors"] if x["name"] == v["name"])["envelope_hex"]
        _, letter = open_envelope(unhex(envelope), "letter")
        context = letter["by"] + letter["body"]["to"] + letter["body"]["about"][4:]
        inside = open_sealed(unhex(v["recipient_seed"]), context, letter["body"]["sealed"])
        payload, offer = open_envelope(inside, "offer")
        equal((inside.hex(), cid(payload), offer["by"]), (v["inside"], v["inside_id"], letter["by"]), v["name"])
    return 1 + len(file["vectors"]) + len(file["letters"])


def check_journal():
    """The contents of entries, and the certificates on first entries."""
    for v in load("body")["vectors"]:
        conduit, plain, key, salt, sealed = (unhex(v[k]) for k in ("conduit", "plain", "key", "salt", "sealed"))
        commitment = domain("body", salt, plain)
        equal(commitment.hex(), v["commitment"], v["name"])
        bound, bucket = conduit + commitment, BUCKETS[v["size"]]
        padded = len(plain).to_bytes(4, "big") + plain
        text = aead_seal(key, bytes(12), bound, padded + bytes(bucket - len(padded)))
        seeds = [unhex(seed) for seed in v["seeds"]]
        publics = sorted(x_public(seed) for seed in seeds)
        for mine, other in (seeds, seeds[::-1]):
            pair = expand(extract(b"", x25519(mine, x_public(other))), b"vrm/1/wrap/1" + b"".join(publics), 32)
            wrapped = aead_seal(expand(pair, bound, 32), bytes(12), bound, key + salt)
            wrap = b"\x01" + b"".join(public[:4] for public in publics) + wrapped
            equal(encode({"text": text, "wrap": wrap}), sealed, v["name"])
    first = next(v for v in load("entry")["vectors"] if v["name"] == "least")
    _, entry = open_envelope(unhex(first["envelope_hex"]), "entry")
    identity = unhex(load("acceptance")["vectors"][0]["payload_hex"])
    message = b"vrm/1/certify\x00" + entry["body"]["conduit"] + entry["by"]
    ed_verify(decode(identity)["body"]["sign"], message, entry["body"]["cert"])
    return len(load("body")["vectors"]) + 1


def refusal(vector):
    """Why this program refuses a vector too; None for the readers and rules that it does not have."""
    data = {k: unhex(v) for k, v in vector["input"].items() if k != "text" and k != "length"}
    reader, reason = vector["reader"], vector["reason"]
    try:
        if reader == "cbor":
            decode(data["bytes"])
        elif reader in KINDS and reason not in ("TooLarge", "NotThisKind", "Rule"):
            open_envelope(data["bytes"], reader)
        elif reader == "open":
            open_sealed(data["seed"], data["context"], data["sealed"])
        else:
            return None
    except Refused as why:
        return str(why)
    raise AssertionError("%s: taken, and %s was expected" % (vector["name"], reason))


def check_refusals():
    count = 0
    for vector in load("negative")["vectors"]:
        why = refusal(vector)
        if why is not None:
            equal(why.split(":")[0], vector["reason"], vector["name"])
            count += 1
    return count


def main():
    for name in ("keys", "objects", "agreements", "sealing", "journal", "refusals"):
        print("%-10s %3d agree" % (name, globals()["check_" + name]()))
    print("all vectors agree")


if __name__ == "__main__":
    sys.exit(main())
