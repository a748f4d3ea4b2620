"""moto's S3, one request at a time: ``python moto_atomic.py PORT``.

moto itself answers in threads and checks ``If-None-Match`` some time before it puts: on a busy machine
two of many creators win. Its connections stay threaded, so that they are kept alive.
"""

import sys
import threading

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple


class OneAtATime:
    def __init__(self, application):
        self.application = application
        self.turn = threading.Lock()

    def __call__(self, environ, start_response):
        with self.turn:
            return list(self.application(environ, start_response))


if __name__ == "__main__":
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True, request_handler=MotoRequestHandler)
