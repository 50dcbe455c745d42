"""Django's settings, all of them from eventlens.config."""

import dj_database_url
from redis.backoff import NoBackoff
from redis.retry import Retry

from eventlens import config, logs

EVENTLENS = config.load()

SECRET_KEY = EVENTLENS.secret_key
DEBUG = EVENTLENS.debug
# By its own names the machine itself is always answered: health checks, tunnels, the commands that are to be pasted.
ALLOWED_HOSTS = [*EVENTLENS.allowed_hosts, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = list(EVENTLENS.csrf_trusted_origins)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "eventlens.clickhouse",
    "analytics",
    "ingestion",
    "insights",
]

MIDDLEWARE = [
    "eventlens.request_ids.RequestIdMiddleware",
    "analytics.cors.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "eventlens.urls"
WSGI_APPLICATION = "eventlens.wsgi.application"
ASGI_APPLICATION = "eventlens.asgi.application"
APPEND_SLASH = False  # the routes end without one, and a POST must never be redirected

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": dj_database_url.parse(EVENTLENS.database_url, conn_max_age=600, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Web, workers and beat share the file: readers must not block the writer, and a writer waits its turn.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
else:
    # A dead connection must not hold a request for the driver's ten seconds and more.
    DATABASES["default"].setdefault("OPTIONS", {}).update(charset="utf8mb4", connect_timeout=3)

# Counts of requests and attempts. Whoever looks up something here can do without it, and must not wait for it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": EVENTLENS.redis_url,
        "KEY_PREFIX": "eventlens:cache",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)},
    }
}
RATELIMIT_FAIL_OPEN = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # the admin's files are served from its package; nothing has to be collected
DATA_UPLOAD_MAX_MEMORY_SIZE = EVENTLENS.max_body_bytes

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["analytics.authentication.ClientAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["eventlens.api.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["eventlens.json_bodies.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "eventlens.api.JsonAlways",
    "DEFAULT_SCHEMA_CLASS": "eventlens.apidocs.inspector.Described",
    "EXCEPTION_HANDLER": "eventlens.api.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Event Lens",
    "DESCRIPTION": "Send events, ask questions. Every route answers at the root and under /api/v1/analytics.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "CAMELIZE_NAMES": True,
    "PREPROCESSING_HOOKS": ["eventlens.apidocs.document.at_the_root"],
    "POSTPROCESSING_HOOKS": [],
}

LOGGING = logs.config(EVENTLENS.log_level, EVENTLENS.log_format)
