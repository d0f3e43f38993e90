/** Names that Python 3 knows without an import, with those that only Python 2 had, and modules that need one. */

export const BUILTINS: ReadonlySet<string> = new Set(
  `ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError BufferError BytesWarning
  ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis
  EncodingWarning EnvironmentError Exception ExceptionGroup False FileExistsError FileNotFoundError FloatingPointError FutureWarning
  GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt
  LookupError MemoryError ModuleNotFoundError NameError None NotADirectoryError NotImplemented NotImplementedError OSError OverflowError
  PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError RecursionError ReferenceError ResourceWarning
  RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True
  TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError
  Warning WindowsError ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile
  complex copyright credits delattr dict dir display divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr
  hash help hex id input int isinstance issubclass iter len license list locals map max memoryview min next object oct open ord pow print
  property quit range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars zip
  apply basestring cmp execfile file long raw_input reduce reload unichr unicode xrange`.split(/\s+/),
);

/** Those that nobody takes for a variable: `code`, `token` and `time` are left out. */
export const MODULES: ReadonlySet<string> = new Set(
  `argparse asyncio base64 bcrypt binascii bleach collections configparser contextlib csv dataclasses datetime defusedxml difflib fnmatch
  functools ftplib getpass glob gzip hashlib heapq hmac importlib io ipaddress itertools jinja2 json jwt logging lxml markupsafe math
  mimetypes multiprocessing numpy os pathlib pickle psycopg2 pymysql re requests secrets shlex shutil smtplib socket sqlite3 ssl statistics
  subprocess sys tarfile tempfile textwrap threading unicodedata urllib uuid yaml zipfile zlib`.split(/\s+/),
);
