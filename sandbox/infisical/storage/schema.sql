-- Times are ISO stamps, JSON and lists are text, flags are numbers. What is secret is sealed by the vault, as bytes.

-- As on a real server, where a backup reads it.
CREATE TABLE IF NOT EXISTS kms_root_config (
    id UUID PRIMARY KEY, "encryptedRootKey" BYTEA NOT NULL, "createdAt" TIMESTAMPTZ NOT NULL,
    "updatedAt" TIMESTAMPTZ NOT NULL,
    "encryptionStrategy" VARCHAR NOT NULL DEFAULT 'SOFTWARE'
);

-- What the server's licence allows; without a licence nothing.
CREATE TABLE IF NOT EXISTS plan_features (name TEXT PRIMARY KEY);

CREATE TABLE IF NOT EXISTS organizations (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE, created TEXT NOT NULL, updated TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, org_id TEXT NOT NULL REFERENCES organizations, email TEXT NOT NULL UNIQUE,
    password_hash BYTEA NOT NULL, session_id TEXT NOT NULL, created TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS projects (
    id TEXT PRIMARY KEY, org_id TEXT NOT NULL REFERENCES organizations, name TEXT NOT NULL, slug TEXT NOT NULL,
    description TEXT, type TEXT NOT NULL, delete_protection BIGINT NOT NULL DEFAULT 0,
    created TEXT NOT NULL, updated TEXT NOT NULL, UNIQUE (org_id, slug)
);

CREATE TABLE IF NOT EXISTS identities (
    id TEXT PRIMARY KEY, org_id TEXT NOT NULL REFERENCES organizations,
    project_id TEXT REFERENCES projects ON DELETE CASCADE, name TEXT NOT NULL, role TEXT NOT NULL,
    membership_id TEXT NOT NULL, metadata TEXT NOT NULL, delete_protection BIGINT NOT NULL,
    token_auth BIGINT NOT NULL DEFAULT 0, last_login_method TEXT, last_login_time TEXT,
    created TEXT NOT NULL, updated TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS universal_auths (
    id TEXT PRIMARY KEY, identity_id TEXT NOT NULL UNIQUE REFERENCES identities ON DELETE CASCADE,
    client_id TEXT NOT NULL UNIQUE, configuration TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS client_secrets (
    id TEXT PRIMARY KEY, ua_id TEXT NOT NULL REFERENCES universal_auths ON DELETE CASCADE, hash BYTEA NOT NULL,
    prefix TEXT NOT NULL, description TEXT NOT NULL, ttl BIGINT NOT NULL, num_uses BIGINT NOT NULL DEFAULT 0,
    num_uses_limit BIGINT NOT NULL, revoked BIGINT NOT NULL DEFAULT 0, created TEXT NOT NULL, updated TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS lockouts (
    client_id TEXT PRIMARY KEY, failed BIGINT NOT NULL, locked BIGINT NOT NULL, expires DOUBLE PRECISION NOT NULL
);

CREATE TABLE IF NOT EXISTS access_tokens (
    id TEXT PRIMARY KEY, identity_id TEXT NOT NULL REFERENCES identities ON DELETE CASCADE, client_secret_id TEXT,
    auth_method TEXT NOT NULL, name TEXT, ttl BIGINT NOT NULL, max_ttl BIGINT NOT NULL,
    revoked BIGINT NOT NULL DEFAULT 0, sub_organization_id TEXT, expires DOUBLE PRECISION, last_renewed TEXT,
    created TEXT NOT NULL, updated TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS memberships (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects ON DELETE CASCADE, actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL, roles TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
    UNIQUE (project_id, actor_kind, actor_id)
);

CREATE TABLE IF NOT EXISTS privileges (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects ON DELETE CASCADE,
    identity_id TEXT NOT NULL REFERENCES identities ON DELETE CASCADE, slug TEXT NOT NULL, permissions TEXT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL, UNIQUE (project_id, identity_id, slug)
);

CREATE TABLE IF NOT EXISTS environments (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects ON DELETE CASCADE, name TEXT NOT NULL,
    slug TEXT NOT NULL, position BIGINT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
    UNIQUE (project_id, slug)
);

CREATE TABLE IF NOT EXISTS tags (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects ON DELETE CASCADE, slug TEXT NOT NULL,
    color TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL, UNIQUE (project_id, slug)
);

CREATE TABLE IF NOT EXISTS folders (
    id TEXT PRIMARY KEY, environment_id TEXT NOT NULL REFERENCES environments ON DELETE CASCADE,
    parent_id TEXT REFERENCES folders ON DELETE CASCADE, name TEXT NOT NULL, description TEXT,
    version BIGINT NOT NULL DEFAULT 1, created TEXT NOT NULL, updated TEXT NOT NULL,
    UNIQUE (environment_id, parent_id, name)
);

CREATE TABLE IF NOT EXISTS secrets (
    id TEXT PRIMARY KEY, folder_id TEXT NOT NULL REFERENCES folders ON DELETE CASCADE, name TEXT NOT NULL,
    version BIGINT NOT NULL, value BYTEA NOT NULL, comment BYTEA NOT NULL, metadata TEXT NOT NULL,
    skip_multiline BIGINT NOT NULL, tags TEXT NOT NULL DEFAULT '[]', reminder_note TEXT, reminder_days BIGINT,
    created TEXT NOT NULL, updated TEXT NOT NULL, UNIQUE (folder_id, name)
);

-- What a secret was before its latest change, and what it is.
CREATE TABLE IF NOT EXISTS secret_versions (
    secret_id TEXT NOT NULL, folder_id TEXT NOT NULL REFERENCES folders ON DELETE CASCADE, name TEXT NOT NULL,
    version BIGINT NOT NULL, value BYTEA NOT NULL, comment BYTEA NOT NULL, skip_multiline BIGINT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL, PRIMARY KEY (secret_id, version)
);

CREATE TABLE IF NOT EXISTS secret_imports (
    id TEXT PRIMARY KEY, folder_id TEXT NOT NULL REFERENCES folders ON DELETE CASCADE,
    environment_id TEXT NOT NULL REFERENCES environments ON DELETE CASCADE, path TEXT NOT NULL,
    position BIGINT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
);
