#!/usr/bin/env python3
"""A second verifier of audit trails, written from spec/audit-trail.md alone: standard library, and openssl for the signatures.

    audit_trail.py JOURNAL ROOT.pem [KEPT]

Prints one line for each finding, then 'N entries, N checkpoints'. Exit status 0 only where there is no finding and a checkpoint is good.
"""
import base64, hashlib, json, pathlib, re, subprocess, sys, tempfile

findings = []


def statement_of(message, root):
    """The five lines that a checkpoint signs, or None where openssl does not accept the signature under this root."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = pathlib.Path(folder, "cms"), pathlib.Path(folder, "out")
        path.write_bytes(message)
        run = subprocess.run(["openssl", "cms", "-verify", "-binary", "-cades", "-purpose", "any", "-inform", "DER", "-in", str(path), "-CAfile", root, "-out", str(out)],
                             capture_output=True)
        return out.read_bytes().decode("ascii") if run.returncode == 0 else None


def statement(identity, number, digest):
    return re.compile(f"veridicom journal checkpoint 1\njournal {identity}\nsequence {number}\nhash {digest}\ntime \\d{{4}}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\n")


def verify(folder, root, kept):
    digest, number, identity, hashes, checkpoints, signed = bytes(32), 0, None, {0: bytes(32).hex()}, 0, False
    files = sorted(pathlib.Path(folder).glob("*.jsonl"))
    if [f.name for f in files] != [f"{i + 1:08}.jsonl" for i in range(len(files))]:
        findings.append("a file is missing")
    data = b"".join(f.read_bytes() for f in files)
    for count, line in enumerate(data.split(b"\n")[:-1], 1):  # what follows the last LF is unfinished
        match = re.fullmatch(rb"([0-9a-f]{64}) (\{.*\})", line)
        if not match:
            findings.append(f"line {count} is no entry")
            continue
        follows = hashlib.sha256(b"veridicom journal 1\n" + digest + match[2]).hexdigest() == match[1].decode()
        entry = json.loads(match[2])
        if not follows or entry["sequence"] != number + 1:
            findings.append(f"line {count}, entry {entry['sequence']}, does not follow entry {number}")
        if entry["sequence"] <= number:
            continue
        if number == 0:
            identity = (re.fullmatch("journal ([0-9a-f]{32})", entry.get("detail", "")) or [None, None])[1]
        if entry["kind"] == "checkpoint":
            checkpoints += 1
            text = statement_of(base64.b64decode(entry["detail"]), root)
            signed = text is not None
            if text and not statement(identity, number, hashes[number]).fullmatch(text):
                findings.append(f"line {count}: the checkpoint signed something else")
        digest, number = bytes.fromhex(match[1].decode()), entry["sequence"]
        hashes[number] = digest.hex()
    if not signed:
        findings.append("the newest checkpoint is not trusted, or there is none")
    if kept:
        text = statement_of(base64.b64decode(pathlib.Path(kept).read_text()), root) or ""
        at = re.search(r"\nsequence (\d+)\n", text)
        if not at or not statement(identity, at[1], hashes.get(int(at[1]), "none")).fullmatch(text):
            findings.append("the checkpoint kept elsewhere is not of this trail")
    return number, checkpoints


if __name__ == "__main__":
    entries, checkpoints = verify(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    print("\n".join(findings + [f"{entries} entries, {checkpoints} checkpoints"]))
    sys.exit(1 if findings else 0)
