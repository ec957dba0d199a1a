//! The tables, one module each, as SeaORM sees them. Plain columns only: what they mean is for `domain`, and the
//! repositories beside this folder are the only ones to touch them. Names and types mirror `store/migration`.

/// A table as SeaORM wants it: an entity whose columns are all there is to say about it.
macro_rules! table {
    ($(#[$doc:meta])* $module:ident = $name:literal { $($(#[$attribute:meta])* $column:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[allow(clippy::disallowed_methods, reason = "the derived helpers can begin transactions; nobody calls them")]
        pub mod $module {
            use sea_orm::entity::prelude::*;

            /// One row.
            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $name)]
            pub struct Model { $($(#[$attribute])* #[doc = stringify!($column)] pub $column: $type),+ }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

table! {
    /// People's accounts.
    user = "users" {
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        email: String,
        email_key: String,
        display_name: String,
        locale: String,
        time_zone: String,
        password_hash: Option<String>,
        password_temporary: bool,
        password_expires_at: Option<DateTimeUtc>,
        email_verified_at: Option<DateTimeUtc>,
        disabled_at: Option<DateTimeUtc>,
        version: i64,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
    }
}
table! {
    /// The tenants.
    organization = "organizations" {
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        slug: String,
        display_name: String,
        locale: String,
        time_zone: String,
        invitation_seconds: i64,
        seat_limit: Option<i64>,
        active_members: i64,
        roles_version: i64,
        password_min_length: Option<i32>,
        session_seconds: Option<i64>,
        default_role_id: Option<Uuid>,
        api_user_id: Option<Uuid>,
        deleted_at: Option<DateTimeUtc>,
        version: i64,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
    }
}
table! {
    /// Ownerships on offer, one per organisation.
    ownership_transfer = "ownership_transfers" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        from_member_id: Uuid,
        to_member_id: Uuid,
        to_rights_version: i64,
        created_at: DateTimeUtc,
        expires_at: DateTimeUtc,
    }
}
table! {
    /// Memberships, with copies of the person's name and address so that a page is one indexed read.
    member = "members" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        user_id: Option<Uuid>,
        email: String,
        email_key: String,
        display_name: String,
        name_key: String,
        search_key: String,
        state: i16,
        invitation_expires_at: Option<DateTimeUtc>,
        added_by: Option<Uuid>,
        last_sign_in_at: Option<DateTimeUtc>,
        rights_version: i64,
        version: i64,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
        removed_at: Option<DateTimeUtc>,
    }
}
table! {
    /// Which roles a member was given.
    member_role = "member_roles" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] member_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] role_id: Uuid,
    }
}
table! {
    /// An organisation's own roles; the preset's are in no table.
    role = "roles" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        name: String,
        name_key: String,
        description: String,
        permissions: Json,
        version: i64,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
    }
}
table! {
    /// Members together.
    group = "groups" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        name: String,
        name_key: String,
        description: String,
        version: i64,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
    }
}
table! {
    /// Labels for members.
    tag = "tags" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        name: String,
        name_key: String,
        description: String,
        color: String,
        version: i64,
        created_at: DateTimeUtc,
        updated_at: DateTimeUtc,
    }
}
table! {
    /// Which roles a group gives to those in it.
    group_role = "group_roles" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] group_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] role_id: Uuid,
    }
}
table! {
    /// Who is in a group.
    group_member = "group_members" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] group_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] member_id: Uuid,
    }
}
table! {
    /// Which tags a member bears.
    member_tag = "member_tags" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] member_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] tag_id: Uuid,
    }
}
table! {
    /// Permissions given to one member beyond the roles.
    grant = "grants" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] member_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] permission: String,
    }
}
table! {
    /// Roles given for a while.
    binding = "bindings" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        member_id: Uuid,
        role_id: Uuid,
        expires_at: DateTimeUtc,
        created_by: Uuid,
        created_at: DateTimeUtc,
    }
}
table! {
    /// Modules of permissions that an organisation's own services declared.
    catalog_module = "catalog_modules" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] name: String,
        service: String,
        titles: Json,
        permissions: Json,
        updated_at: DateTimeUtc,
    }
}
table! {
    /// Invitations, open and ended. The code itself is nowhere, only its digest.
    invitation = "invitations" {
        #[sea_orm(primary_key, auto_increment = false)] organization_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        member_id: Uuid,
        email_key: String,
        code_digest: Vec<u8>,
        state: i16,
        expires_at: DateTimeUtc,
        invited_by: Uuid,
        invited_by_user: Uuid,
        created_at: DateTimeUtc,
        ended_at: Option<DateTimeUtc>,
    }
}
table! {
    /// Log-ins.
    session = "sessions" {
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        user_id: Uuid,
        organization_id: Option<Uuid>,
        member_id: Option<Uuid>,
        device: String,
        address: String,
        methods: String,
        authenticated_at: DateTimeUtc,
        created_at: DateTimeUtc,
        last_used_at: DateTimeUtc,
        expires_at: DateTimeUtc,
        ended_at: Option<DateTimeUtc>,
    }
}
table! {
    /// Every refresh token a session ever had, by digest, so that a spent one is recognised when it comes back.
    refresh_token = "refresh_tokens" {
        #[sea_orm(primary_key, auto_increment = false)] digest: Vec<u8>,
        session_id: Uuid,
        created_at: DateTimeUtc,
        used_at: Option<DateTimeUtc>,
        successor: Option<Vec<u8>>,
    }
}
table! {
    /// Handles and codes that work once: sign-ups under way, half-finished log-ins, resets.
    challenge = "challenges" {
        #[sea_orm(primary_key, auto_increment = false)] digest: Vec<u8>,
        kind: i16,
        user_id: Option<Uuid>,
        payload: Vec<u8>,
        code_digest: Option<Vec<u8>>,
        attempts_left: i32,
        created_at: DateTimeUtc,
        expires_at: DateTimeUtc,
        used_at: Option<DateTimeUtc>,
    }
}
table! {
    /// Counted attempts, per key and window.
    throttle = "throttles" {
        #[sea_orm(primary_key, auto_increment = false)] digest: Vec<u8>,
        attempts: i32,
        ends_at: DateTimeUtc,
    }
}
table! {
    /// The preset that the organisations live under: one row.
    preset = "presets" {
        #[sea_orm(primary_key, auto_increment = false)] id: i32,
        name: String,
        owner_role_id: Uuid,
        fingerprint: Vec<u8>,
    }
}
table! {
    /// The change log: what happened, in order. It serves as audit log, and is only ever added to.
    change = "changes" {
        #[sea_orm(primary_key)] id: i64,
        transaction: i64,
        organization_id: Option<Uuid>,
        actor_user_id: Option<Uuid>,
        actor_session_id: Option<Uuid>,
        method: String,
        kind: String,
        subject: String,
        data: Json,
        correlation: String,
        address: String,
        created_at: DateTimeUtc,
    }
}
table! {
    /// What tokens have to be refused, for every process to learn.
    revocation = "revocations" {
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        session_id: Option<Uuid>,
        organization_id: Option<Uuid>,
        member_id: Option<Uuid>,
        min_rights_version: Option<i64>,
        created_at: DateTimeUtc,
    }
}
table! {
    /// Answers kept for their request ids, sealed.
    reply = "replies" {
        #[sea_orm(primary_key, auto_increment = false)] caller: Uuid,
        #[sea_orm(primary_key, auto_increment = false)] request_id: Uuid,
        digest: Vec<u8>,
        answer: Vec<u8>,
        created_at: DateTimeUtc,
    }
}
table! {
    /// Mails to be sent and sent. The content is sealed, and wiped when it is no longer needed.
    mail = "mails" {
        #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
        recipient: String,
        recipient_name: String,
        locale: String,
        kind: String,
        content: Vec<u8>,
        attempts: i32,
        next_attempt_at: DateTimeUtc,
        sent_at: Option<DateTimeUtc>,
        failed_at: Option<DateTimeUtc>,
        last_error: Option<String>,
        created_at: DateTimeUtc,
        rank: i16,
    }
}
table! {
    /// The keys that sign access tokens; private halves sealed.
    signing_key = "signing_keys" {
        #[sea_orm(primary_key, auto_increment = false)] kid: String,
        algorithm: String,
        public_jwk: Json,
        sealed_private: Vec<u8>,
        created_at: DateTimeUtc,
        not_before: DateTimeUtc,
        retires_at: Option<DateTimeUtc>,
        removed_at: Option<DateTimeUtc>,
    }
}
