"""What every service takes from its environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_DIR = "/run/secrets"


class Settings(BaseSettings):
    """Read from the environment, or from files of the same lower-case names in /run/secrets.

    Secrets have no default: a service without them does not start. An entry of a JSON object may be given
    alone, as CALLER_KEYS__TOPICS.
    """

    model_config = SettingsConfigDict(
        secrets_dir=SECRETS_DIR if Path(SECRETS_DIR).is_dir() else None,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
    )

    host: str = "127.0.0.1"
    port: int = 8000
    private_port: int = 8001
    log_format: Literal["auto", "json", "text"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    drain_seconds: float = Field(default=5, ge=0)
    shutdown_seconds: int = Field(default=20, ge=1)
    allowed_origins: list[str] = []
    trusted_hops: int = Field(default=1, ge=0)
    otel_exporter_otlp_endpoint: str = ""


class DatabaseSettings(Settings):
    """What one-off work on a database takes: neither keys nor peers."""

    database_url: str


class ServiceSettings(DatabaseSettings):
    """What a service with data of its own takes."""

    pool_size: int = Field(default=10, ge=1)
    secret_key: str = Field(min_length=32)
    issuer: str = "forum"
    audience: str = "forum"
    caller_keys: dict[str, str] = {}
