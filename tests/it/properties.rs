//! Properties of what callers hold in their hands: page tokens, ids, secrets. What a single module promises of itself is
//! tested beside it; here the parts are put together as callers meet them.

use crate::support::{Engine, World, with};
use proptest::prelude::*;
use roster::app::Call;
use roster::app::page::{Page, PageRequest, Pager};
use roster::auth::caller::Caller;
use roster::auth::opaque::{OpaqueSecret, SecretKind};
use roster::auth::rules::all_rules;
use roster::clock::{Clock, SystemClock};
use roster::domain::page::{OrderBy, PageSize};
use roster::domain::permission::PermissionSet;
use roster::domain::session::Place;
use roster::domain::{
    ApiKeyId, GroupId, InvitationId, Locale, MemberId, OrganizationId, RoleId, ServiceAccountId, SessionId, TagId,
    UserId,
};
use roster::error::Error;
use roster::pb::roster::membership::v1 as ms;
use roster::random::SystemRandom;
use roster::seal::{MasterKey, Sealer};
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use tonic::Code;
use uuid::Uuid;

static SEALER: LazyLock<Sealer> = LazyLock::new(|| Sealer::new(&MasterKey::generate(&SystemRandom)));
static OTHER: LazyLock<Sealer> = LazyLock::new(|| Sealer::new(&MasterKey::generate(&SystemRandom)));

/// A call of one method by somebody in some organisation.
fn call(rule: usize, user: u128, organization: u128) -> Call {
    let rules = all_rules();
    let now = SystemClock.now();
    let place = Place {
        organization: OrganizationId::new(Uuid::from_u128(organization)),
        member: MemberId::new(Uuid::from_u128(1)),
    };
    Call {
        rule: rules[rule % rules.len()],
        caller: Some(Arc::new(Caller {
            user: UserId::new(Uuid::from_u128(user)),
            session: SessionId::new(Uuid::from_u128(2)),
            place: Some((place, 1)),
            roles: vec![],
            permissions: PermissionSet::default(),
            authenticated_at: now,
            methods: vec![],
            expires_at: now,
        })),
        request: None,
        validate_only: false,
        address: String::new(),
        device: String::new(),
        locale: Locale::En,
        correlation: String::new(),
    }
}

/// The token after the first of two rows.
fn token(sealer: &Sealer, call: &Call, query: &str, key: &str) -> String {
    let pager = Pager::new(sealer, call, &query).unwrap();
    let one = PageSize::try_from(1).unwrap();
    let page: Page<String> = pager
        .page(vec![key.to_owned(), "more".to_owned()], one, String::clone)
        .unwrap();
    page.next
}

fn read(sealer: &Sealer, call: &Call, query: &str, token: &str) -> Result<Option<String>, Error> {
    Pager::new(sealer, call, &query).unwrap().after(token)
}

fn refused(read: &Result<Option<String>, Error>) -> bool {
    matches!(read, Err(Error::Invalid(violations)) if violations.len() == 1 && violations[0].field == "page_token")
}

proptest! {
    #[test]
    fn q01_a_page_token_works_for_its_own_query_and_nowhere_else(
        (rule, user, organization) in (0..38_usize, 1..9_u128, 1..9_u128),
        (rule2, user2, organization2) in (0..38_usize, 1..9_u128, 1..9_u128),
        query in "[a-z]{0,6}", query2 in "[a-z]{0,6}", key in "\\PC{0,60}",
    ) {
        let (mine, theirs) = (call(rule, user, organization), call(rule2, user2, organization2));
        let made = token(&SEALER, &mine, &query, &key);
        prop_assert_eq!(read(&SEALER, &mine, &query, &made), Ok(Some(key.clone())));
        let same = (rule, user, organization, &query) == (rule2, user2, organization2, &query2);
        prop_assert_eq!(refused(&read(&SEALER, &theirs, &query2, &made)), !same);
        prop_assert!(refused(&read(&OTHER, &mine, &query, &made)), "another master key");
        if key.len() > 3 {
            prop_assert!(!made.contains(&key), "what the page ended at can't be read");
        }
    }

    #[test]
    fn q01_no_altered_page_token_is_taken(key in "[a-z0-9@.]{0,40}", at: prop::sample::Index, bit in 0..8_u32, text in "\\PC{1,80}") {
        let mine = call(1, 1, 1);
        let made = token(&SEALER, &mine, "q", &key);
        let place = at.index(made.len());
        let mut bytes = made.clone().into_bytes();
        bytes[place] ^= 1 << bit;
        if let Ok(flipped) = String::from_utf8(bytes) {
            prop_assert!(refused(&read(&SEALER, &mine, "q", &flipped)), "{flipped}");
        }
        // An empty one is the first page; every other cut is refused.
        if place > 0 {
            prop_assert!(refused(&read(&SEALER, &mine, "q", &made[..place])));
        }
        let longer = [made.as_str(), text.as_str()].concat();
        prop_assert!(refused(&read(&SEALER, &mine, "q", &longer)));
        prop_assert!(refused(&read(&SEALER, &mine, "q", &text)));
    }

    #[test]
    fn slices_put_together_are_the_whole_list(length in 0..60_usize, size in 1..20_i32) {
        let mine = call(1, 1, 1);
        let all: Vec<usize> = (0..length).collect();
        let pager = Pager::new(&SEALER, &mine, &"").unwrap();
        let (mut told, mut token, mut pages) = (vec![], String::new(), 0);
        loop {
            let request = PageRequest { size: PageSize::try_from(size).unwrap(), token };
            let page = pager.slice(all.clone(), &request, |n| *n).unwrap();
            told.extend(page.items);
            token = page.next;
            pages += 1;
            if token.is_empty() {
                break;
            }
        }
        prop_assert_eq!(told, all);
        prop_assert_eq!(pages, length.div_ceil(size as usize).max(1), "no empty page at the end");
    }

    #[test]
    fn page_sizes_are_defaulted_cut_or_refused(size: i32) {
        match PageSize::try_from(size) {
            Err(_) => prop_assert!(size < 0),
            Ok(got) => {
                prop_assert!(size >= 0);
                let wanted = match size { 0 => 50, size => size.min(1000) };
                prop_assert_eq!(got.get(), wanted as u64);
            }
        }
    }

    #[test]
    fn no_order_but_the_allowed_ones_is_read(text in "\\PC{0,30}|(name|email|id)( (asc|desc|ASC|;|--))?( .{0,5})?") {
        if let Ok(order) = OrderBy::parse(&text, &["name", "email"]) {
            prop_assert!(["name", "email"].contains(&order.field));
            let words: Vec<_> = text.split_whitespace().collect();
            prop_assert!(text.trim().is_empty() || (words.len() <= 2 && words[0] == order.field), "{:?}", text);
        }
    }

    /// All kinds of ids carry the same sixteen bytes, and still none is taken for another.
    #[test]
    fn an_id_is_read_as_its_own_kind_only(number: u128) {
        let uuid = Uuid::from_u128(number);
        macro_rules! kinds {
            ($($kind:ty),+) => {{
                let texts = [$(<$kind>::new(uuid).to_string()),+];
                let read = |text: &str| [$(text.parse::<$kind>().is_ok()),+];
                (texts, texts_read(&[$(<$kind>::new(uuid).to_string()),+].map(|text| read(&text))))
            }};
        }
        fn texts_read(rows: &[[bool; 10]; 10]) -> bool {
            rows.iter().enumerate().all(|(i, row)| row.iter().enumerate().all(|(j, ok)| *ok == (i == j)))
        }
        let (texts, diagonal) = kinds!(
            UserId, OrganizationId, MemberId, InvitationId, RoleId, SessionId, GroupId, TagId, ServiceAccountId, ApiKeyId
        );
        prop_assert!(diagonal);
        prop_assert_eq!(texts.iter().collect::<HashSet<_>>().len(), 10);
        for text in &texts {
            prop_assert!(text.parse::<Uuid>().is_err());
            let (prefix, rest) = text.split_once('_').unwrap();
            prop_assert!(prefix.len() == 3 && rest.len() == 26);
        }
    }

    /// An opaque secret, a page token and an id are never taken in each other's place.
    #[test]
    fn j07_kinds_of_secrets_never_mix(number: u128, key in "[a-z]{0,8}") {
        let mine = call(1, 1, 1);
        let page = token(&SEALER, &mine, "", &key);
        for kind in SecretKind::ALL {
            let secret = OpaqueSecret::generate(kind, &SystemRandom);
            prop_assert!(refused(&read(&SEALER, &mine, "", secret.expose())));
            prop_assert!(OpaqueSecret::parse(kind, &page).is_err());
            prop_assert!(OpaqueSecret::parse(kind, &SessionId::new(Uuid::from_u128(number)).to_string()).is_err());
            for other in SecretKind::ALL {
                prop_assert_eq!(OpaqueSecret::parse(other, secret.expose()).is_ok(), kind == other);
            }
            let shown = format!("{secret:?}");
            prop_assert!(!shown.contains(secret.expose()));
        }
    }
}

#[test]
fn c13_ten_thousand_secrets_are_all_different_and_long() {
    let mut seen = HashSet::new();
    for n in 0..10_000 {
        let secret = OpaqueSecret::generate(SecretKind::ALL[n % SecretKind::ALL.len()], &SystemRandom);
        assert!(secret.expose().len() >= 22 + 4, "at least 128 bits");
        assert!(seen.insert(secret.digest()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn q01_pages_over_the_wire_are_the_whole_list_in_every_order_and_size() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::start(engine).await;
        let ana = world.sign_up("ana@example.org").await;
        let other = world.sign_up("other@example.org").await;
        for n in 0..12 {
            // Every third has the name of another.
            world.add(&ana, &format!("p{}x{n}@example.org", n % 3), "member").await;
        }
        let list = async |token: &str, request: ms::ListMembersRequest| {
            world
                .membership()
                .list_members(with(token, request))
                .await
                .map(tonic::Response::into_inner)
        };
        for order_by in [
            "",
            "display_name",
            "display_name desc",
            "email",
            "email desc",
            "create_time",
            "create_time desc",
        ] {
            let request = |page_size, page_token: &str| ms::ListMembersRequest {
                page_size,
                page_token: page_token.to_owned(),
                order_by: order_by.to_owned(),
                ..Default::default()
            };
            let whole = list(&ana.token, request(1000, ""))
                .await
                .unwrap_or_else(|e| panic!("{order_by}: {e:?}"));
            assert_eq!((whole.members.len(), whole.next_page_token.as_str()), (13, ""));
            for size in [1, 2, 5, 12, 13, 14] {
                let (mut told, mut next) = (vec![], String::new());
                loop {
                    let page = list(&ana.token, request(size, &next)).await.unwrap();
                    told.extend(page.members);
                    next = page.next_page_token;
                    if next.is_empty() {
                        break;
                    }
                    if told.len() == 1 {
                        let theirs = list(&other.token, request(size, &next)).await.unwrap_err();
                        assert_eq!(theirs.code(), Code::InvalidArgument, "the token of another tenant");
                        let query = ms::ListMembersRequest {
                            query: "p0".into(),
                            ..request(size, &next)
                        };
                        let another = list(&ana.token, query).await.unwrap_err();
                        assert_eq!(another.code(), Code::InvalidArgument, "the token of another query");
                    }
                }
                assert_eq!(told, whole.members, "{engine:?} {order_by:?} by {size}");
            }
            let up: Vec<_> = whole.members.iter().map(|m| m.id.clone()).collect();
            if let Some(order) = order_by.strip_suffix(" desc") {
                let request = ms::ListMembersRequest {
                    order_by: order.to_owned(),
                    ..Default::default()
                };
                let mut down: Vec<_> = list(&ana.token, request)
                    .await
                    .unwrap()
                    .members
                    .into_iter()
                    .map(|m| m.id)
                    .collect();
                down.reverse();
                assert_eq!(up, down, "{order_by}");
            }
        }
        let unknown = ms::ListMembersRequest {
            order_by: "password_hash".into(),
            ..Default::default()
        };
        assert_eq!(
            list(&ana.token, unknown).await.unwrap_err().code(),
            Code::InvalidArgument
        );
        let negative = ms::ListMembersRequest {
            page_size: -1,
            ..Default::default()
        };
        assert_eq!(
            list(&ana.token, negative).await.unwrap_err().code(),
            Code::InvalidArgument
        );
    }
}
