# SPDX-License-Identifier: MIT
"""What the redactor must find and must leave alone: the corpus is the specification.

`SECRETS`: (text, the secrets in it that must vanish, fragments of it that must stay). `LOOK_ALIKES`: texts that must come
back unchanged. `SECRET_KEYS` and `PLAIN_KEYS`: names, told apart by the key rule. No secret here was ever a real one.
"""

from __future__ import annotations

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
# Prefixes are kept apart from what follows them, so that scanners of source code do not take this file for a leak.
GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
SLACK = "xoxb-" + "2401234567-2409876543-AbCdEfGhIjKlMnOp"
STRIPE = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
GOOGLE = "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"
OPENAI = "sk-" + "proj-abcDEF1234567890abcDEF1234567890"
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
HUGGING = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567"

SECRETS: list[tuple[str, list[str], list[str]]] = [
    # --- tokens with a sigil ---
    (f"upload with {AWS} failed", [AWS], ["upload with", "failed"]),
    ("temporary ASIA" + "Y34FZKBOKMUTVV7A expired", ["ASIA" + "Y34FZKBOKMUTVV7A"], ["temporary", "expired"]),
    ("ABIA" + "Y34FZKBOKMUTVV7A", ["Y34FZKBOKMUTVV7A"], []),
    ("(ACCA" + "Y34FZKBOKMUTVV7A)", ["Y34FZKBOKMUTVV7A"], ["(", ")"]),
    (f"git clone https://{GITHUB}@github.com/a/b", [GITHUB], ["git clone https://", "github.com/a/b"]),
    (f"push rejected for {GITHUB}.", [GITHUB], ["push rejected for "]),
    ("gho_" + "16C7e42F292c6912E7710c838347Ae178B4a", ["16C7e42F292c6912E7710c838347Ae178B4a"], []),
    ("github_pat_" + "11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz", ["11ABCDEFG0abcdefghijkl"], []),
    ("glpat-" + "abcDEF123456789_xyzQ", ["abcDEF123456789_xyzQ"], []),
    (f"posting as {SLACK}: not_authed", [SLACK, "AbCdEfGhIjKlMnOp"], ["posting as", "not_authed"]),
    ("xapp-" + "1-A012345-9876543210-abcdef", ["A012345-9876543210-abcdef"], []),
    (
        "https://hooks.slack.com/services/" + "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        ["XXXXXXXXXX"],
        ["hooks.slack.com"],
    ),
    (
        "https://discord.com/api/webhooks/" + "123456789012345678/abcDEFghiJKL_mno",
        ["abcDEFghiJKL_mno"],
        ["discord.com"],
    ),
    (f"charge with {STRIPE} declined", [STRIPE], ["charge with", "declined"]),
    ("rk_test_" + "4eC39HqLyjWDarjtT1zdp7dc", ["4eC39HqLyjWDarjtT1zdp7dc"], []),
    ("whsec_" + "abcdefghijklmnop1234567890", ["abcdefghijklmnop1234567890"], []),
    (f"maps?q=Bonn&k={GOOGLE}&v=3", [GOOGLE], ["maps?q=Bonn&k=", "&v=3"]),
    ("ya29." + "a0AfH6SMBxyz1234567890abcdef", ["a0AfH6SMBxyz1234567890abcdef"], []),
    ("GOCSPX-" + "abcDEF123456ghiJKL7890", ["abcDEF123456ghiJKL7890"], []),
    (f"Incorrect API key provided: {OPENAI}. You can", [OPENAI, "proj-abcDEF"], ["provided", "You can"]),
    ("sk-" + "ant-api03-abcDEF1234567890abcDEF", ["abcDEF1234567890abcDEF"], []),
    ("npm_" + "abcdefghijklmnopqrstuvwxyz0123456789", ["abcdefghijklmnopqrstuvwxyz0123456789"], []),
    ("pypi-AgE" + "IcHlwaS5vcmcCJDU3NTgwZjQ4", ["IcHlwaS5vcmcCJDU3NTgwZjQ4"], []),
    (f"model gated for {HUGGING}", [HUGGING], ["model gated for"]),
    ("dop_v1_" + "a" * 64, ["a" * 64], []),
    ("SG." + "abcdefghijklmnop12.qrstuvwxyzABCDEF34", ["abcdefghijklmnop12", "qrstuvwxyzABCDEF34"], []),
    (
        "bot 123456789:AA" + "Fabcdefghijklmnopqrstuvwxyz0123456",
        ["Fabcdefghijklmnopqrstuvwxyz0123456"],
        ["bot"],
    ),
    ("hvs." + "CAESIJ1234567890abcdefghij", ["CAESIJ1234567890abcdefghij"], []),
    ("sk_test_" + "a1b2c3d4", ["a1b2c3d4"], []),
    # --- JWT ---
    (f"decode failed: {JWT} (expired)", [JWT, "dozjgNryP4J3"], ["decode failed", "(expired)"]),
    (JWT[:60], [JWT[:60], JWT[30:60]], []),
    (JWT.rpartition(".")[0] + ".", ["eyJzdWIiOiIxMjM0NTY3ODkwIn0"], []),
    (f"['{JWT}']", [JWT], ["['", "']"]),
    (f"/callback#{JWT}", [JWT], ["/callback#"]),
    # --- PEM ---
    (
        f"-----BEGIN PRIVATE KEY-----\n{BODY}\n{BODY}\n-----END PRIVATE KEY-----\nafter",
        [BODY, BODY[:20]],
        ["after"],
    ),
    (
        f"x -----BEGIN RSA PRIVATE KEY-----\\n{BODY}\\n-----END RSA PRIVATE KEY----- y",
        [BODY[:20]],
        ["x ", " y"],
    ),
    (f"-----BEGIN EC PRIVATE KEY-----\n{BODY}", [BODY[:20]], []),
    (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n{BODY[:5]}", [BODY[:20], BODY[:5]], []),
    (f"-----BEGIN PRIVATE KEY----- {BODY} -----END PRIVATE KEY-----", [BODY[:20]], []),
    (
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{BODY}\n-----END RSA PRIVATE KEY-----",
        [BODY],
        [],
    ),
    (f"tail of a file\n{BODY}\n{BODY}\n-----END PRIVATE KEY-----\nok", [BODY], ["tail of a file", "ok"]),
    (
        f"tail of a file\n{BODY}\nabc1=\n-----END PRIVATE KEY-----\nok",
        [BODY, "abc1="],
        ["tail of a file", "ok"],
    ),
    (f"('tail\\n{BODY}\\n{BODY}\\nabc1=\\n-----END KEY-----\\nok')", [BODY, "abc1="], ["('tail", "ok"]),
    (f"tail of {BODY} {BODY} -----END KEY----- ok", [BODY], ["tail of ", "ok"]),
    (
        f"-----BEGIN RSA PRIVATE KEY----- Proc-Type: 4,ENCRYPTED  {BODY} -----END RSA PRIVATE KEY-----",
        [BODY],
        [],
    ),
    (
        f"key='-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{BODY}\n-----END PGP PRIVATE KEY BLOCK-----'",
        [BODY],
        [],
    ),
    # --- authentication schemes ---
    ("Authorization: Basic dXNlcjpwYXNz", ["dXNlcjpwYXNz"], ["Authorization: "]),
    ("Proxy-Authorization: Basic dXNlcjpwYXNz\r\nHost: a.example", ["dXNlcjpwYXNz"], ["Host: a.example"]),
    ("authorization: bearer a1b2c3d4e5f6", ["a1b2c3d4e5f6"], []),
    ("Authorization: Token 9944b09199c62bcf9418ad846dd0e4bb", ["9944b09199c62bcf"], []),
    (
        'Authorization: Digest username="bob", realm="x", response="6629fae49393a053"',
        ["bob", "6629fae49393a053"],
        [],
    ),
    ("sent Bearer abc.def-ghi_123 upstream", ["abc.def-ghi_123"], ["sent Bearer ", "upstream"]),
    ("password=hunter2 Bearer abc", ["hunter2", "abc"], ["password="]),
    ("got Basic YTpi back", ["YTpi"], ["got Basic ", " back"]),
    (
        "curl -H 'Authorization: Bearer s3cr3t-t0ken' https://a.example/x",
        ["s3cr3t-t0ken"],
        ["https://a.example/x"],
    ),
    ('curl -H "X-Api-Key: k-123456" https://a.example/x', ["k-123456"], ["https://a.example/x"]),
    ("{'Authorization': 'Basic dXNlcjpwYXNz', 'Host': 'h'}", ["dXNlcjpwYXNz"], ["'Host': 'h'"]),
    ("[(b'authorization', b'Bearer abc123def456'), (b'host', b'h')]", ["abc123def456"], ["(b'host', b'h')"]),
    ("[('cookie', 'sid=77; theme=dark'), ('host', 'h')]", ["sid=77", "dark"], ["('host', 'h')"]),
    ('[["password", "hunter2"], ["user", "bob"]]', ["hunter2"], ['["user", "bob"]']),
    (
        "Authorization: AWS4-HMAC-SHA256 Credential=AK/2024/us, Signature=fe5f80f77d5fa3be",
        ["fe5f80f77d5fa3be"],
        [],
    ),
    ('auth = Digest username="bob", response="6629fae493"', ["6629fae493"], []),
    ("authorization=Bearer abcdef path=/x", ["abcdef"], ["path=/x"]),
    # --- cookies ---
    ("Cookie: session=abc; csrftoken=def; theme=dark\nAccept: */*", ["abc", "def", "dark"], ["Accept: */*"]),
    ("Set-Cookie: sid=31d4d96e407aad42; Path=/; HttpOnly", ["31d4d96e407aad42"], ["Set-Cookie: "]),
    ("GET / HTTP/1.1\\r\\nCookie: a=b\\r\\nHost: h", ["a=b"], ["Host: h"]),
    ("JSESSIONID=F1E2D3C4B5A6; path", ["F1E2D3C4B5A6"], ["path"]),
    ("/app;jsessionid=F1E2D3?x=1", ["F1E2D3"], ["/app;"]),
    # --- URLs ---
    ("postgres://app:hunter2@db.internal:5432/x", ["hunter2"], ["postgres://", "@db.internal:5432/x"]),
    ("redis://:p4ss@cache:6379/0 refused", ["p4ss"], ["redis://", "@cache:6379/0 refused"]),
    ("amqp://user:p@ss@mq/vhost", ["p@ss", "ss@"], ["@mq/vhost"]),
    ("mysql://root:a:b:c@db/x", ["a:b:c", "root"], ["@db/x"]),
    ("mongodb+srv://u:p%40ss@c0.example.net/?w=1", ["p%40ss"], ["@c0.example.net/?w=1"]),
    ("https://0123456789abcdef@sentry.example/42", ["0123456789abcdef"], ["@sentry.example/42"]),
    ("postgres://app:pa/ss#w?rd@db/x", ["pa/ss#w?rd", "ss#w"], ["@db/x"]),
    ("smtp://me@example.com:apppass@smtp.example.com:587", ["apppass"], ["@smtp.example.com:587"]),
    ("'ftp://u:hunter2@h/f'", ["hunter2"], ["'ftp://", "@h/f'"]),
    ("sqlalchemy.url = postgresql+psycopg://u:hunter2@db/x", ["hunter2"], ["sqlalchemy.url", "@db/x"]),
    ("https://h/cb?code=ok&access_token=abc123&state=5", ["abc123"], ["code=ok&access_token=", "&state=5"]),
    ("https://h/?api_key=abc123#top", ["abc123"], ["https://h/?api_key="]),
    ("https://b.blob.example/f?sv=2022&sig=Zm9vYmFy%3D&se=2024", ["Zm9vYmFy"], ["sv=2022", "se=2024"]),
    ("https://b.s3.example/f?X-Amz-Signature=fe5f80f7&X-Amz-Date=2024", ["fe5f80f7"], ["X-Amz-Date=2024"]),
    # --- name and value ---
    ("password=hunter2", ["hunter2"], ["password="]),
    ("user=bob&password=hunter2&next=/home", ["hunter2"], ["user=bob&", "&next=/home"]),
    ("password: hunter2, retrying", ["hunter2"], ["password: ", "retrying"]),
    ("PASSWORD = hunter2", ["hunter2"], ["PASSWORD = "]),
    ("accessToken=abc123 expires_in=3600", ["abc123"], ["accessToken=", "expires_in=3600"]),
    ("db_password=s3cret host=db", ["s3cret"], ["host=db"]),
    ("DB_PASS=s3cret", ["s3cret"], ["DB_PASS="]),
    ("refresh_token: 1//abc", ["1//abc"], ["refresh_token: "]),
    ("client-secret=zzz-yyy;scope=read", ["zzz-yyy"], ["scope=read"]),
    ("x-api-key: 0a1b2c", ["0a1b2c"], []),
    ("X-Auth-Token: 0a1b2c\nX-Other: 5", ["0a1b2c"], ["X-Other: 5"]),
    ("X-CSRFToken: 0a1b2c", ["0a1b2c"], []),
    (
        "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ["wJalrXUtnFEMI", "bPxRfiCY"],
        ["export"],
    ),
    ("the api key: 0a1b2c is wrong", ["0a1b2c"], ["the api key: ", "is wrong"]),
    ("credit card: 12345, thanks", ["12345"], ["thanks"]),
    ("card number = 12345", ["12345"], []),
    ("session id: 0a1b2c", ["0a1b2c"], []),
    ("connection string: Server=db;Password=hunter2;Port=1", ["hunter2"], []),
    ("Server=db;Uid=app;Password=hunter2;Port=1", ["hunter2"], ["Server=db;Uid=app;", "Port=1"]),
    ("pin=1234 door=5", ["1234"], ["door=5"]),
    ("cvv: 123", ["123"], []),
    ("ssn=078-05-1120", ["078-05-1120"], []),
    ("otp=918273 sent", ["918273"], ["sent"]),
    ("passphrase := open-sesame", ["open-sesame"], []),
    ("password => 'hunter2'", ["hunter2"], []),
    ("assert password == 'hunter2'", ["hunter2"], ["assert password == "]),
    ("assert token != 'abc123'", ["abc123"], []),
    ("settings['SECRET_KEY'] = 'django-insecure-1'", ["django-insecure-1"], ["settings["]),
    ("user[password]=hunter2&user[name]=bob", ["hunter2"], ["user[name]=bob"]),
    ("user%5Bpassword%5D=hunter2&x=1", ["hunter2"], ["&x=1"]),
    ("spring.datasource.password=hunter2", ["hunter2"], []),
    ("--password hunter2 --host db", ["hunter2"], ["--host db"]),
    ("--api-key=abc123 run", ["abc123"], [" run"]),
    ("<password>hunter2</password><user>bob</user>", ["hunter2"], ["</password><user>bob</user>"]),
    ("<ns:secret>hunter2</ns:secret>", ["hunter2"], []),
    ("login(user='bob', password='hunter2')", ["hunter2"], ["login(user='bob', password='", "')"]),
    ("User(name=bob, password=hunter2)", ["hunter2"], ["User(name=bob, password=", ")"]),
    ("password=SecretStr('hun ter2') user=bob", ["hun", "ter2"], ["user=bob"]),
    ("password=hun,ter2", ["hun", "ter2"], []),
    ("password=it's&x=1", ["it's"], ["&x=1"]),
    ("password=a(b c", ["a(b"], []),
    ("credentials={'user': 'bob', 'pw': 'hunter2'} attempt=2", ["bob", "hunter2"], ["attempt=2"]),
    ("secrets=['a1', 'b}2', \"c3\"], n=4", ["a1", "b}2", "c3"], ["n=4"]),
    ("token=(unclosed abc", ["unclosed", "abc"], []),
    ("token: Bearer abcdefg, next", ["abcdefg"], ["next"]),
    (
        "/login?next=%2Fcb%3Ftoken%3Dabc123%26page%3D2",
        ["abc123"],
        ["/login?next=%2Fcb%3Ftoken%3D", "%26page%3D2"],
    ),
    ("password%3Dhunter2&x=1", ["hunter2"], ["&x=1"]),
    # --- JSON and Python ---
    ('{"password": "hunter2", "user": "bob"}', ["hunter2"], ['"user": "bob"}']),
    ('{"password":"hun\\"ter2","user":"bob"}', ["hun", "ter2"], ['"user":"bob"}']),
    ('{"pin": 1234, "n": 5}', ["1234"], ['"n": 5}']),
    ("{'token': b'abc123', 'n': 5}", ["abc123"], ["'n': 5}"]),
    ("{b'password': b'hunter2'}", ["hunter2"], []),
    ('"{\\"password\\": \\"hunter2\\", \\"user\\": \\"bob\\"}"', ["hunter2"], ['\\"user\\": \\"bob\\"']),
    ('{\\\\\\"secret\\\\\\": \\\\\\"abc123\\\\\\", \\\\\\"n\\\\\\": 5}', ["abc123"], ["n\\\\\\"]),
    ("{'password': 'hunter2", ["hunter2"], []),
    ("password = '''multi\nline'''", ["multi", "line"], []),
    ("SET PASSWORD = 'hun''ter2' FOR bob", ["hun", "ter2"], ["FOR bob"]),
    ("KeyError in {'api_key': 'k', 'api_secret': 's3'}", ["'k'", "s3"], ["KeyError in"]),
    ("{'nested': {'user': {'password': 'hunter2'}}}", ["hunter2"], ["nested"]),
    # --- e-mail addresses ---
    ("unknown user jo.doe+x@mail.example.co.uk here", ["jo.doe", "example.co.uk"], ["unknown user", "here"]),
    ("<jo@example.com>", ["jo@example.com"], ["<", ">"]),
    ("mailto:jo@example.com", ["jo@example.com"], ["mailto:"]),
    ("?to=jo%40example.com&x=1", ["jo%40"], ["&x=1"]),
    ("jürgen@bücher.example", ["jürgen", "bücher"], []),
    ("Key (email)=(jo@example.com) already exists.", ["jo@example.com"], ["already exists."]),
    # --- payment cards ---
    ("card 4111111111111111 declined", ["4111111111111111"], ["card", "declined"]),
    ("4111 1111 1111 1111", ["1111 1111"], []),
    ("5500-0000-0000-0004", ["0000-0004"], []),
    ("amex 3782 822463 10005.", ["822463"], ["amex"]),
    ("30569309025904", ["30569309025904"], []),
    ("order 12 4012 8888 8888 1881 shipped", ["8888"], ["order 12", "shipped"]),
    ("6011.1111.1111.1117", ["1111.1117"], []),
    ("4222222222222", ["4222222222222"], []),
    ("pan=6304000000000000000", ["6304000000000000000"], []),
    # --- behind a written line end, or a percent-encoded character ---
    ("b'user=a\\napi_key=hunter2'", ["hunter2"], ["user=a\\napi_key=", "'"]),
    ("a\\\\r\\\\napi_key=hunter2 x=1", ["hunter2"], ["x=1"]),
    ("b'a\\tpin: 1234'", ["1234"], ["pin: "]),
    (f"b'x\\n{STRIPE}'", [STRIPE], ["b'x\\n", "'"]),
    (f"x\\\\t{AWS}", [AWS], ["x\\\\t"]),
    (f"a%20{STRIPE}%20b", ["4eC39HqLyjWDarjtT1zdp7dc"], ["a%20", "%20b"]),
    (f"a%22{AWS}%22", [AWS], ["a%22"]),
    (f"q%253D{AWS}", [AWS], ["q%253D"]),
    ("x%0Aapi_key=hunter2", ["hunter2"], []),
    ("b'a\\n--password hunter2'", ["hunter2"], []),
    ("b'x\\nBearer abc.def-ghi_123'", ["abc.def-ghi_123"], []),
    ("n=%204111111111111111", ["4111111111111111"], ["n=%20"]),
    ('sent Digest username="bob", response="6629fae493"', ["bob", "6629fae493"], ["sent Digest "]),
    ("b'x\\nDigest username=bob'", ["bob"], []),
    # --- repr of a command line ---
    ("Command '['mysql', '--password', 'hunter2', 'db']' failed", ["hunter2"], ["'db']' failed"]),
    ('["mysql", "--password",\n  "hunter2"]', ["hunter2"], ["mysql"]),
    ("'--api-key','-hunter2'", ["hunter2"], []),
    ("[b'--token', b'hunter2']", ["hunter2"], []),
    ('"[\\"--token\\", \\"hunter2\\", \\"on\\"]"', ["hunter2"], ['\\"on\\"']),
    # --- percent-encoded once or twice ---
    ("q=%7B%22password%22%3A%22hunter2%22%2C%22n%22%3A5%7D", ["hunter2"], ["%22%2C%22n%22%3A5%7D"]),
    ("%7B%22pin%22%3A%201234%7D", ["1234"], []),
    ("%22password%22%3A%22hun%5C%22ter2%22%7D", ["hun", "ter2"], ["%22%7D"]),
    ("%2522password%2522%253A%2522hunter2%2522", ["hunter2"], ["%2522password"]),
    ("user%5Bpassword%5D%3Dhunter2%26x%3D1", ["hunter2"], ["%26x%3D1"]),
    ("next=%252Fcb%253Fpin%253D1234%2526x%253D1", ["1234"], ["%2526x%253D1"]),
    ("url=postgres%3A%2F%2Fu%3Ahunter2%40db%2Fx", ["hunter2"], ["url=postgres%3A%2F%2F", "%40db%2Fx"]),
    ("redis%253A%252F%252F%253Ahunter2%2540cache", ["hunter2"], ["%2540cache"]),
    # --- value on the next line ---
    ("password:\n  hunter2\nhost: db", ["hunter2"], ["\nhost: db"]),
    ("password: |\r\n  hunter2\r\n", ["hunter2"], []),
    ('{"password":\n"hunter2", "n":\n5}', ["hunter2"], ['"n":\n5}']),
    ('{"pin":\n  1234\n}', ["1234"], ["\n}"]),
    ("SECRET=\n'hun ter2' # x", ["hun", "ter2"], ["# x"]),
    # --- a DSN that is longer than what is looked at ---
    (f"postgres://u:hunter2{'/' * 300}", ["hunter2"], []),
    # --- XML, SQL, blanks in card numbers ---
    ("<Password><![CDATA[hunter<2]]></Password><n>5</n>", ["hunter", "<2"], ["]]></Password><n>5</n>"]),
    ("<password type='x' n=\"1\">hunter2</password>", ["hunter2"], ["<password type='x'", "</password>"]),
    ("CREATE USER x IDENTIFIED BY 'hunter2'", ["hunter2"], ["CREATE USER x IDENTIFIED BY '"]),
    ("alter role x with encrypted password 'hunter2' valid", ["hunter2"], ["' valid"]),
    ("4111\u00a01111\u00a01111\u00a01111", ["1111\u00a01111"], []),
    ("4111\t1111\t1111\t1111 x", ["1111\t1111"], [" x"]),
    ("'4111\\t1111\\t1111\\t1111' x", ["1111\\t1111"], ["' x"]),
]

LOOK_ALIKES: list[str] = [
    "tokenizer=3", "max_tokens=4096", "tokens_used: 17", "prompt_tokens=5 completion_tokens=7", "passenger=Bob",
    "secretary: Ann", "author=Bob", "pinned=true", "pinned: 3 posts", "keyboard=de", "primary key: id", "foreign key=user_id",
    "passport_office=Bonn", "key=value", "public_key_count: 3", "token_count=3", "token_type=bearer", "token_type: Bearer",
    "password_policy=strict", "password_length: 12", "secret_name=db-main", "cookie_domain=.example", "auth_url=https://h/x",
    "session=active", "sessions: 3", "compass=north", "bypass=yes", "sparse=1", "opinion=good", "spinner: on", "shopping: 3",
    "password: must be at least 8 characters", "password: required", "password is too short", "token: missing",
    "password=None", "token=null", "secret: false", "KeyError: 'password'", "missing fields: 'password', 'email'",
    "missing: ['password', 'email']", "invalid field password", "Basic authentication required", "Bearer token missing",
    "bearer of bad news", "Basic plan", "Unexpected token } in JSON at position 5", "Token expired", "token expired",
    'WWW-Authenticate: Bearer realm="api", error="invalid_token"', "Digest mismatch", "ApiKey required",
    "https://host:8080/path", "http://host:80/a@b", "https://host/@user/post", "http://[::1]:8080/x", "https://example.com?a=1:2",
    "git@github.com:org/repo.git", "lodash@4.17.21", "@decorator", "user@localhost", "a @ b", "x@", "@app.get('/')",
    "AKIA", "AKIAIOSFODNN7", "eyJ", "ghp_short", "sk-learn", "sk-learn-contributors-meeting-notes", "task-management-system-v2",
    "risk-assessment-2024-final-report", "pypi-publish-workflow-action", "xoxo-love", "npm_config_cache", "SG.1.2",
    "1700000000000", "1700000000003", "id 4111111111111112", "0.4111111111111111", "550e8400-e29b-41d4-a716-446655440000",
    "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "2024-01-15T10:30:00.123456+00:00", "10 20 30 40 50 60 70 80 90", "+49 228 123456", "192.168.100.200:8080", "1234-5678",
    "-----BEGIN-----", "expected -----BEGIN CERTIFICATE----- at the start", "internationalization of the -----", "----------", "=== test session starts ===",
    'File "/srv/secrets.py", line 12, in load_token', "secrets.py:12: in main", "token.example.com:443 refused",
    "https://token.example.com:443/x", "KeyError: 'user_id'", "a=b&c=d", "{'name': 'bob', 'age': 5}", "std::vector<int>",
    "retry in 5 s (attempt 2 of 3)", "No health data for last_30_days.", "line 5: syntax error", "C:\\Users\\bob\\file.txt", "?q=a%3Db%26tokenizer%3D3",
    "x = y == z", "[redacted]", "password=[redacted]", "postgres://[redacted]@db/x", "<3 more items>", "", " ", "\n\n",
    "--token-file /run/x", "--verbose now", "<author>Bob</author>", "('author', 'Bob')", "total tokens: 12", "token budget: 5",
    "rate limit: 100/minute", "connection: keep-alive", "string: abc", "number: 7", "order number: 7", "error code: 7",
    "b'a\\ntokenizer=3'", "b'x\\nauthor=Bob'", "C:\\new\\report=3", "x\\nmonkey=3", "a%20tokenizer=3", "a%20sk-learn-contributors-meeting",
    "['run', '--verbose', 'now']", "['run', '--password', '--host', 'db']", "('--token-file', '/run/x')", "%22author%22%3A%22Bob%22",
    "?u=https%3A%2F%2Fh%2Fp%3Fq%3D1", "https%3A%2F%2Fh%3A8080%2Fx", "q%253Dx", "n%3A%205", "Enter your password:\nThen press return",
    "password:\nuser: bob", "password:\nuser:bob", "PASSWORD=\nHOST=db", "token:\n- read\n- write", "password:\n\nDone", "password:\nnone\n",
    'password:\n"user": "bob"', "Missing token:\n", f"http://host:8080/{'a/' * 200}", f"see http://host/{'a:b' * 200}", "<author a='b'>Bob</author>",
    "<password a='b'/>x", "<x a='b'>token</x>", "identified by name", "with password", "was identified by 3 tests",
    "4111\u00a01111\u00a01111\u00a01112", "1\t2\t3\t4", "100% of 3", "50%access=3",
]  # fmt: skip

SECRET_KEYS: list[str] = ["api key", "client secret", "connection string", "Access Token"]
SECRET_KEYS += """
password Password PASSWORD passwd pwd passphrase pass user_pass secret SECRET_KEY token accessToken access-token access.token
X-Auth-Token X-CSRFToken csrf_token _csrf Authorization Proxy-Authorization Cookie Set-Cookie cookies session_id sessionId
JSESSIONID PHPSESSID api_key apiKey API-KEY APIKey X-Api-Key apikey aws_secret_access_key AWSAccessKeyId privateKey private_key
client_secret clientSecret clientsecret refresh_token dsn SENTRY_DSN connection_string connectionString conn_str credit_card
creditCard card_number cardnumber cvv cvc pin PIN pin_code ssn otp credential credentials db_password dbPassword password2
new_password1 passwordHash password_confirmation userpassword jwt bearer iban auth basic_auth seed_phrase signing_key
user[password] user%5Bpassword%5D passWord __token__ hub_signature_256 verification_code masterKey sig sid totp_secret
request.headers.authorization
""".split()

PLAIN_KEYS: list[str] = ["", "7", "_", "primary key", "foreign key", "üöä", "日本"]
PLAIN_KEYS += """
tokenizer tokenize tokens tokens_used max_tokens maxTokens total_tokens token_count tokenCount passenger passengers secretary
author authors authority authenticated pinned pinning pins keyboard key keys primary_key foreign_key public_key partition_key
passport_office passive compass bypass sparse name user user_id username email id session sessions card cards cardinal
credit creditor signature code status spin opinion password_policy password_length token_type token_url token_expires_at
cookie_domain secret_name is_password_valid connection string conn access refresh client private api storage_key cache_key x
description detail path cookiecutter dashboard monkey turkey hockey design assign
""".split()
