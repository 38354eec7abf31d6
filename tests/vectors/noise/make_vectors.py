#!/usr/bin/env python3
"""Writes rudp.json: Noise vectors made by an implementation that shares nothing with rudp/crypto.

It stands on hashlib, hmac and the Python package "cryptography", and follows revision 34 of the
Noise specification. Checks a file of somebody else's vectors first when one is named:

    make_vectors.py [--check FILE] > rudp.json
"""
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

PATTERNS = {  # messages, then what is known beforehand
    "N": ("e es", "r"), "NK": ("e es|e ee", "r"), "NX": ("e|e ee s es", ""), "XX": ("e|e ee s es|s se", ""),
    "XK": ("e es|e ee|s se", "r"), "IK": ("e es s ss|e ee se", "r"), "NN": ("e|e ee", ""),
}


def blake2b(data):
    return hashlib.blake2b(data).digest()


def hkdf(key, data, count):
    temporary = hmac.new(key, data, hashlib.blake2b).digest()
    outputs, last = [], b""
    for counter in range(1, count + 1):
        last = hmac.new(temporary, last + bytes([counter]), hashlib.blake2b).digest()
        outputs.append(last)
    return outputs


def public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def exchange(secret, peer):
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(peer))


def seal(key, number, associated, plaintext):
    return ChaCha20Poly1305(key).encrypt(bytes(4) + number.to_bytes(8, "little"), plaintext, associated)


class Handshake:
    """Both sides at once: everything that either side knows is here."""

    def __init__(self, name, prologue, keys, psks):
        base, _, modifiers = name.partition("psk")
        messages, known = PATTERNS[base]
        self.messages = [m.split() for m in messages.split("|")]
        for modifier in filter(None, ("psk" + modifiers).split("+") if modifiers else []):
            place = int(modifier[3:])
            if place == 0:
                self.messages[0].insert(0, "psk")
            else:
                self.messages[place - 1].append("psk")
        self.keys, self.psks, self.has_psk = keys, list(psks), bool(psks)
        self.h = f"Noise_{name}_25519_ChaChaPoly_BLAKE2b".encode().ljust(64, b"\0")
        self.ck, self.k, self.n = self.h, None, 0
        self.mix_hash(prologue)
        for side in known:
            self.mix_hash(public(keys[side + "s"]))

    def mix_hash(self, data):
        self.h = blake2b(self.h + data)

    def mix_key(self, data):
        self.ck, key = hkdf(self.ck, data, 2)
        self.k, self.n = key[:32], 0

    def encrypt_and_hash(self, plaintext):
        out = plaintext
        if self.k:
            out = seal(self.k, self.n, self.h, plaintext)
            self.n += 1
        self.mix_hash(out)
        return out

    def write(self, index, payload):
        side, out = "ir"[index % 2], b""
        for token in self.messages[index]:
            if token == "e":
                key = public(self.keys[side + "e"])
                out += key
                self.mix_hash(key)
                if self.has_psk:
                    self.mix_key(key)
            elif token == "s":
                out += self.encrypt_and_hash(public(self.keys[side + "s"]))
            elif token == "psk":
                self.ck, data, key = hkdf(self.ck, self.psks.pop(0), 3)
                self.mix_hash(data)
                self.k, self.n = key[:32], 0
            else:
                self.mix_key(exchange(self.keys["i" + token[0]], public(self.keys["r" + token[1]])))
        return out + self.encrypt_and_hash(payload)

    def pair(self, data):
        return [key[:32] for key in hkdf(self.ck, data, 2)]


def run(name, prologue, keys, psks, payloads):
    handshake = Handshake(name, prologue, keys, psks)
    steps, out = len(handshake.messages), []
    for index in range(steps):
        out.append(handshake.write(index, payloads[index]))
    keys_of_direction, numbers = handshake.pair(b""), [0, 0]
    for index in range(steps, len(payloads)):
        way = 0 if steps == 1 else index % 2
        out.append(seal(keys_of_direction[way], numbers[way], b"", payloads[index]))
        numbers[way] += 1
    return handshake, out


def check(path):
    count = 0
    for vector in json.load(open(path))["vectors"]:
        name = vector["protocol_name"].split("_")[1]
        if name.partition("psk")[0] not in PATTERNS:
            continue
        fields = {"is": "init_static", "ie": "init_ephemeral", "rs": "resp_static", "re": "resp_ephemeral"}
        keys = {k: bytes.fromhex(vector[f]) for k, f in fields.items() if f in vector}
        psks = [bytes.fromhex(p) for p in vector.get("init_psks", [])]
        payloads = [bytes.fromhex(m["payload"]) for m in vector["messages"]]
        handshake, out = run(name, bytes.fromhex(vector["init_prologue"]), keys, psks, payloads)
        assert [o.hex() for o in out] == [m["ciphertext"] for m in vector["messages"]], name
        assert handshake.h.hex() == vector["handshake_hash"], name
        count += 1
    print(f"{count} vectors of {path} agree", file=sys.stderr)


def drawn(label, length=32):
    return hashlib.shake_256(b"rudp noise vector " + label.encode()).digest(length)


def make(name, payload_bytes):
    base = name.partition("psk")[0]
    messages, known = PATTERNS[base]
    steps = messages.split("|")
    keys = {k: drawn(f"{name} {k}") for k in ("is", "ie", "rs", "re")}
    psks = [drawn(f"{name} psk {i}") for i in range(name.count("psk"))]
    prologue = drawn(name + " prologue", 23)
    payloads = [drawn(f"{name} payload {i}", n) for i, n in enumerate(payload_bytes)]
    handshake, out = run(name, prologue, keys, psks, payloads)

    vector = {"protocol_name": f"Noise_{name}_25519_ChaChaPoly_BLAKE2b"}
    for side, title in (("i", "init"), ("r", "resp")):
        other = "r" if side == "i" else "i"
        vector[title + "_prologue"] = prologue.hex()
        if psks:
            vector[title + "_psks"] = [p.hex() for p in psks]
        first = 0 if side == "i" else 1
        if len(steps) > first:
            vector[title + "_ephemeral"] = keys[side + "e"].hex()
        if side in known or any("s" in step.split() for step in steps[first::2]):
            vector[title + "_static"] = keys[side + "s"].hex()
        if other in known:
            vector[title + "_remote_static"] = public(keys[other + "s"]).hex()
    vector["handshake_hash"] = handshake.h.hex()
    vector["exported_label"] = "rudp/1 hp"
    vector["exported_keys"] = [key.hex() for key in handshake.pair(b"rudp/1 hp" + handshake.h)]
    vector["messages"] = [{"payload": p.hex(), "ciphertext": o.hex()} for p, o in zip(payloads, out)]
    return vector


def main():
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2])
    lengths = {"NK": [0, 1, 1000, 0, 15, 16], "NX": [1100, 180, 64, 65, 0, 1], "NKpsk2": [7, 0, 3, 0, 0, 0],
               "NXpsk2": [0, 0, 31, 32, 33, 0], "XK": [16, 17, 18, 19, 20, 21], "IK": [128, 129, 0, 0, 1, 1],
               "XXpsk0+psk3": [5, 6, 7, 8, 9, 10], "NNpsk0+psk1+psk2": [2, 3, 4, 5], "Npsk0": [11, 12, 13]}
    print(json.dumps({"vectors": [make(name, sizes) for name, sizes in lengths.items()]}, indent=1))


if __name__ == "__main__":
    main()
