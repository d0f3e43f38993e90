"""Machines to connect to, for paramiko, ftplib and listening sockets; what each is told is noted."""

import ftplib
import socket

KNOWN_HOSTS = ("build.example.com", "db.example.com")


class SSHException(Exception):
    pass


class MissingHostKeyPolicy:
    def missing_host_key(self, client, hostname, key):
        """Accepts: only an exception stops a connection."""


class AutoAddPolicy(MissingHostKeyPolicy):
    pass


class WarningPolicy(MissingHostKeyPolicy):
    pass


class RejectPolicy(MissingHostKeyPolicy):
    def missing_host_key(self, client, hostname, key):
        raise SSHException(f"Server {hostname!r} not found in known_hosts")


reached_hosts = []


class SSHClient:
    def __init__(self):
        self.known, self.policy = set(), RejectPolicy()

    def load_system_host_keys(self, filename=None):
        self.known.update(KNOWN_HOSTS)

    load_host_keys = load_system_host_keys

    def set_missing_host_key_policy(self, policy):
        self.policy = policy() if isinstance(policy, type) else policy

    def connect(self, hostname, port=22, username=None, password=None, **_):
        if hostname not in self.known:
            self.policy.missing_host_key(self, hostname, object())
        reached_hosts.append(hostname)

    def exec_command(self, command, **_):
        return None, [], []

    def invoke_shell(self, **_):
        return self

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


SSH = {
    "SSHClient": SSHClient,
    "SSHException": SSHException,
    "MissingHostKeyPolicy": MissingHostKeyPolicy,
    "AutoAddPolicy": AutoAddPolicy,
    "WarningPolicy": WarningPolicy,
    "RejectPolicy": RejectPolicy,
}
install("paramiko", AuthenticationException=SSHException, **SSH)
install("paramiko.client", **SSH)
install("paramiko.ssh_exception", SSHException=SSHException, AuthenticationException=SSHException)


def connects_to_known_hosts(target):
    for host in KNOWN_HOSTS:
        reached_hosts.clear()
        assert call(target, host) is not None, "no connection is returned"
        assert reached_hosts == [host], reached_hosts


def rejects_unknown_hosts(target):
    refuses(call, target, "impostor.example.com")
    assert reached_hosts == [], reached_hosts


# What passed the wire: (what, whether it was encrypted, text).
wire = []


class FTP:
    is_control_encrypted = is_data_encrypted = False

    def __init__(self, host="", user="", passwd="", acct="", **_):
        if host:
            self.connect(host)
            if user:
                self.login(user, passwd)

    def connect(self, host="", port=0, *_, **__):
        wire.append(("host", True, host))

    def login(self, user="", passwd="", acct="", secure=True):
        wire.append(("password", self.is_control_encrypted, passwd))

    def storbinary(self, command, file, *_, **__):
        wire.append(("data", self.is_data_encrypted, text_of(file.read())))

    storlines = storbinary

    def cwd(self, *_):
        pass

    def set_pasv(self, *_):
        pass

    def quit(self):
        pass

    close = quit

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class FTP_TLS(FTP):
    def login(self, user="", passwd="", acct="", secure=True):
        self.is_control_encrypted = self.is_control_encrypted or secure
        super().login(user, passwd)

    def auth(self):
        self.is_control_encrypted = True

    def prot_p(self):
        self.is_data_encrypted = True

    def prot_c(self):
        self.is_data_encrypted = False


ftplib.FTP, ftplib.FTP_TLS = FTP, FTP_TLS


def upload(target, content):
    with open("upload.txt", "w", encoding="utf-8") as file:
        file.write(content)
    wire.clear()
    call(target, "files.example.com", "ann", "opensesame", "upload.txt")


def uploads_files(target):
    for content in ("first content", "second content"):
        upload(target, content)
        assert ("host", True, "files.example.com") in wire, wire
        assert [text for what, _, text in wire if what == "data"] == [content], wire


def uploads_nothing_in_clear(target):
    try:
        upload(target, "private content")
    except Exception:
        pass
    assert all(is_encrypted for _, is_encrypted, _ in wire), wire


class EndOfTest(BaseException):
    """Ends a server that would wait for clients for ever."""


class Socket:
    """A socket that notes where it is bound and whether it listens."""

    made = []

    def __init__(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, *_, **__):
        self.family, self.type, self.address, self.is_listening = family, kind, None, False
        Socket.made.append(self)

    def bind(self, address):
        self.address = address

    def listen(self, *_):
        self.is_listening = True

    def getsockname(self):
        return self.address

    def accept(self):
        raise EndOfTest

    def fileno(self):
        return -1

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


socket.socket = socket.SocketType = Socket


def listen_on(target, port):
    Socket.made.clear()
    try:
        call(target, port)
    except (EndOfTest, ValueError):
        # A server of socketserver runs into a ValueError where it waits on this socket.
        pass
    return [made.address for made in Socket.made if made.is_listening]


def listens_on_the_port(target):
    for port in (8123, 9321):
        addresses = listen_on(target, port)
        assert [address[1] for address in addresses] == [port], addresses


def listens_on_loopback_alone(target):
    addresses = listen_on(target, 8123)
    assert addresses and all(host in ("127.0.0.1", "localhost", "::1") for host, *_ in addresses), addresses
