//! Who is in the database, by number: ids are computed alike here and by the statements that fill it.

use crate::server::{MASTER_KEY, PUBLIC_URL};
use crate::wire::{Token, bearer};
use roster::auth::keyring::Keyring;
use roster::auth::token::{Grant, TokenIssuer};
use roster::clock::{Clock, SystemClock};
use roster::domain::{MemberId, OrganizationId, SessionId, UserId};
use roster::random::SystemRandom;
use roster::seal::{MasterKey, Sealer};
use roster::store::{Settings, Store};
use roster::worker::keys;
use std::time::Duration;
use uuid::Uuid;

/// The large organisation.
pub const LARGE: u32 = 0;
/// The one of 1,000 members.
pub const SMALL: u32 = 1;
/// How many organisations there are.
pub const ORGANIZATIONS: u32 = 1_000;
/// Members of the organisation [`SMALL`].
pub const SMALL_MEMBERS: u32 = 1_000;
/// Members of each other one.
pub const FEW_MEMBERS: u32 = 20;
/// How many members of the large organisation are logged in.
pub const SESSIONS: u32 = 20_000;

/// Somebody, by organisation and number there; 1 owns it. Their account, membership and session have the same UUID.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub organization: u32,
    pub number: u32,
}

/// The owner of an organisation.
pub fn owner(organization: u32) -> Person {
    Person {
        organization,
        number: 1,
    }
}

impl Person {
    /// Of the account, the membership and the session.
    pub fn uuid(self) -> Uuid {
        // In the order of numbers, as version 7 orders by time.
        let high = 0x0190_0000_0000_7000 | (u64::from(self.organization) << 16);
        Uuid::from_u64_pair(high, 0x8000_0000_0000_0000 | u64::from(self.number))
    }

    pub fn member(self) -> MemberId {
        MemberId::new(self.uuid())
    }

    pub fn organization_id(self) -> OrganizationId {
        organization_id(self.organization)
    }
}

/// The id of an organisation.
pub fn organization_id(organization: u32) -> OrganizationId {
    OrganizationId::new(
        Person {
            organization,
            number: 0,
        }
        .uuid(),
    )
}

/// Makes access tokens with the server's own key.
pub struct Minter {
    keyring: Keyring,
    issuer: TokenIssuer,
}

impl Minter {
    /// With the key that the server made when it started.
    pub async fn of(url: &str) -> Minter {
        let settings = Settings {
            url: url.to_owned(),
            read_connections: 1,
            write_connections: 1,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            durable: false,
        };
        let store = Store::open(&settings).await.expect("the database can be reached");
        let stored = keys::list(&store).await.expect("the signing keys can be read");
        store.close().await;
        let master = MasterKey::parse(MASTER_KEY).expect("the key is one");
        Minter {
            keyring: Keyring::load(stored, &Sealer::new(&master)).expect("the signing keys open"),
            issuer: TokenIssuer {
                issuer: PUBLIC_URL.to_owned(),
                audience: "roster".to_owned(),
                lifetime: Duration::from_secs(24 * 3_600),
            },
        }
    }

    /// A token nobody has seen yet.
    pub fn token(&self, person: Person) -> Token {
        let now = SystemClock.now();
        let role = if person.number == 1 { "owner" } else { "member" };
        let grant = Grant {
            user: UserId::new(person.uuid()),
            session: SessionId::new(person.uuid()),
            organization: Some(person.organization_id()),
            member: Some(person.member()),
            roles: vec![role.to_owned()],
            version: 1,
            auth_time: now,
            amr: vec!["pwd".to_owned()],
            actor: None,
            not_after: None,
        };
        let minted = self.issuer.mint(&self.keyring, grant, now, &SystemRandom);
        bearer(minted.expect("the key signs").token.expose())
    }
}
