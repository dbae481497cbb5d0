"""A registry of one crate on this machine: it prints its port, and then what each request was and by which token."""
import http.server
import json
import sys

published = []


class Registry(http.server.BaseHTTPRequestHandler):
    def answer(self, code, text):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path
        if path == "/config.json":
            here = "http://127.0.0.1:%d" % self.server.server_port
            return self.answer(200, json.dumps({"dl": here + "/dl", "api": here}))
        if path == "/3/a/app":
            return self.answer(200, "\n".join(published)) if published else self.answer(404, "")
        print(self.command, path, self.headers.get("Authorization"), flush=True)
        if path == "/api/v1/crates/new":
            published.append(json.dumps({"name": "app", "vers": "0.1.0", "deps": [], "cksum": "0" * 64, "features": {}, "yanked": False}))
            return self.answer(200, json.dumps({"warnings": {"invalid_categories": [], "invalid_badges": [], "other": []}}))
        if path.endswith("/owners"):
            return self.answer(200, json.dumps({"users": [{"id": 1, "login": "ana", "name": "Ana"}]}))
        return self.answer(200, json.dumps({"ok": True}))

    do_GET = do_PUT = do_DELETE = serve

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
print(server.server_port, flush=True)
server.serve_forever()
