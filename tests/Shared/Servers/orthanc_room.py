"""Runs Orthanc in a network namespace of its own (started by unshare -n), since its DICOM port binds every address, and lets the outside in through sockets in a folder, which
namespaces do not part: http.sock and dicom.sock lead to Orthanc; what Orthanc calls at 127.0.0.1:14299 comes out at back.sock, where somebody outside listens. Says 'ready', ends
when standard input does.

    orthanc_room.py FOLDER SETTINGS.json
"""
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading

HTTP, DICOM, BACK = 18042, 14242, 14299


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        flags = struct.unpack("16sH22x", fcntl.ioctl(s, 0x8913, struct.pack("16sH22x", b"lo", 0)))[1]
        fcntl.ioctl(s, 0x8914, struct.pack("16sH22x", b"lo", flags | 1))


def pump(source, target):
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
    except OSError:
        pass
    for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass


def join(one, connect):
    with one:
        try:
            other = connect()
        except OSError:
            return
        with other:
            back = threading.Thread(target=pump, args=(other, one), daemon=True)
            back.start()
            pump(one, other)
            back.join()


def relay(listener, connect):
    while True:
        one, _ = listener.accept()
        threading.Thread(target=join, args=(one, connect), daemon=True).start()


def to_tcp(port):
    def connect():
        s = socket.create_connection(("127.0.0.1", port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s
    return connect


def to_unix(path):
    def connect():
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        return s
    return connect


def main():
    folder, settings = sys.argv[1], sys.argv[2]
    loopback_up()
    with open(settings, encoding="utf-8") as source:
        wanted = json.load(source)
    wanted.update({"HttpPort": HTTP, "DicomPort": DICOM, "HttpBindAddresses": ["127.0.0.1"]})
    path = os.path.join(folder, "orthanc.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(wanted, out)
    with subprocess.Popen(["Orthanc", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace") as server:
        said = []
        for line in server.stderr:
            said.append(line)
            if "Orthanc has started" in line:
                break
        else:
            sys.exit("Orthanc did not start: " + "".join(said[-5:]))
        threading.Thread(target=server.stderr.read, daemon=True).start()
        for name, port in (("http.sock", HTTP), ("dicom.sock", DICOM)):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(os.path.join(folder, name))
            listener.listen(64)
            threading.Thread(target=relay, args=(listener, to_tcp(port)), daemon=True).start()
        threading.Thread(target=relay, args=(socket.create_server(("127.0.0.1", BACK)), to_unix(os.path.join(folder, "back.sock"))), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
        server.terminate()
        server.wait()


main()
