//! Text, order and time: where engines differ unless they are told not to.

use super::{each_store, now, organization, put, receipt, uuid};
use roster::clock::Time;
use roster::domain::member::{Member, MemberFilter, MemberOrder};
use roster::domain::membership::MemberState;
use roster::domain::organization::Organization;
use roster::domain::page::Direction;
use roster::domain::{MemberId, fold};
use roster::store::Store;
use roster::store::member::{After, Paging};

fn member(of: &Organization, name: &str, email: &str) -> Member {
    Member {
        id: MemberId::new(uuid()),
        organization: of.id,
        user: None,
        email: email.parse().unwrap(),
        display_name: name.parse().unwrap(),
        stored_state: MemberState::Added,
        invitation_expires_at: None,
        roles: vec![],
        given: roster::domain::Given::default(),
        added_by: None,
        last_sign_in_at: None,
        rights_version: 1,
        version: 1,
        created_at: now(),
        updated_at: now(),
    }
}

async fn insert(store: &Store, members: &[Member]) {
    let tx = store.begin().await.unwrap();
    for member in members {
        tx.members().insert(member).await.unwrap();
    }
    tx.commit(receipt()).await.unwrap();
}

fn paging(order: MemberOrder, direction: Direction) -> Paging {
    Paging {
        order,
        direction,
        after: None,
        limit: 1000,
    }
}

async fn search(store: &Store, of: &Organization, text: &str) -> Vec<String> {
    let filter = MemberFilter {
        search: fold::fold(text),
        ..MemberFilter::default()
    };
    let by_name = paging(MemberOrder::Email, Direction::Ascending);
    let found = store
        .reads()
        .members()
        .list(of.id, &filter, &by_name, now())
        .await
        .unwrap();
    assert_eq!(
        found.len() as u64,
        store.reads().members().count(of.id, &filter, now()).await.unwrap()
    );
    found
        .iter()
        .map(|member| member.display_name.as_str().to_owned())
        .collect()
}

each_store! {
    /// `%`, `_` and `\` mean themselves, in both engines' pattern languages.
    async fn a12_what_is_searched_for_is_text_and_no_pattern(shelf: Shelf) {
        let here = organization("patterns");
        put(&shelf.store, std::slice::from_ref(&here)).await;
        let names = ["50% off", "snake_case", "back\\slash", "star*glob", "brack[et]s", "it's", "plain"];
        let members: Vec<_> =
            names.iter().enumerate().map(|(n, name)| member(&here, name, &format!("p{n}@example.org"))).collect();
        insert(&shelf.store, &members).await;
        for (text, found) in [
            ("%", vec!["50% off"]),
            ("_", vec!["snake_case"]),
            ("\\", vec!["back\\slash"]),
            ("*", vec!["star*glob"]),
            ("[", vec!["brack[et]s"]),
            ("'", vec!["it's"]),
            ("0% o", vec!["50% off"]),
            ("snake%case", vec![]),
            ("sn_ke", vec![]),
            ("%%", vec![]),
            ("\\%", vec![]),
            ("p_ain", vec![]),
            ("\\_", vec![]),
            ("plain", vec!["plain"]),
        ] {
            assert_eq!(search(&shelf.store, &here, text).await, found, "{text:?}");
        }
    }
}

each_store! {
    async fn search_knows_neither_case_nor_accents(shelf: Shelf) {
        let here = organization("accents");
        put(&shelf.store, std::slice::from_ref(&here)).await;
        let members = [
            member(&here, "José Ángel Núñez", "a@example.org"),
            member(&here, "GROẞ Straße", "b@example.org"),
            member(&here, "João", "c@example.org"),
            member(&here, "İstanbul", "d@example.org"),
        ];
        insert(&shelf.store, &members).await;
        for (text, found) in [
            ("jose", "José Ángel Núñez"),
            ("NUÑEZ", "José Ángel Núñez"),
            ("angel nun", "José Ángel Núñez"),
            ("strasse", "GROẞ Straße"),
            ("gross", "GROẞ Straße"),
            ("JOÃO", "João"),
            ("joa\u{303}o", "João"),
            ("istanbul", "İstanbul"),
        ] {
            assert_eq!(search(&shelf.store, &here, text).await, [found], "{text:?}");
        }
    }
}

each_store! {
    /// Pages continue by comparing keys, so the order must be the same on both engines: by bytes, in no locale.
    async fn keys_are_ordered_by_their_bytes_and_pages_meet(shelf: Shelf) {
        let here = organization("bytes");
        put(&shelf.store, std::slice::from_ref(&here)).await;
        let locals = ["a", "a-b", "a.b", "a_b", "ab", "b", "a0", "a9", "z", "a+b", "a~b"];
        let members: Vec<_> =
            locals.iter().map(|local| member(&here, local, &format!("{local}@example.org"))).collect();
        insert(&shelf.store, &members).await;
        let mut wanted: Vec<_> = locals.iter().map(|local| format!("{local}@example.org")).collect();
        wanted.sort_unstable();
        for direction in [Direction::Ascending, Direction::Descending] {
            let filter = MemberFilter::default();
            let (mut told, mut after) = (vec![], None);
            loop {
                let paging = Paging { after: after.take(), limit: 3, ..paging(MemberOrder::Email, direction) };
                let page = shelf.store.reads().members().list(here.id, &filter, &paging, now()).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some((After::Text(last.email.key().to_owned()), last.id));
                told.extend(page.iter().map(|member| member.email.key().to_owned()));
            }
            if direction == Direction::Descending {
                told.reverse();
            }
            assert_eq!(told, wanted);
        }
    }
}

each_store! {
    /// Equal names are told apart by the id, or a page would begin in the middle of them and lose some.
    async fn pages_lose_nobody_among_equal_names_and_times(shelf: Shelf) {
        let here = organization("namesakes");
        put(&shelf.store, std::slice::from_ref(&here)).await;
        let at = now();
        let members: Vec<_> = (0..25)
            .map(|n| Member { created_at: at, ..member(&here, "Ana", &format!("ana{n}@example.org")) })
            .collect();
        insert(&shelf.store, &members).await;
        for order in [MemberOrder::Name, MemberOrder::Added] {
            let (mut told, mut after) = (vec![], None);
            loop {
                let paging = Paging { after: after.take(), limit: 4, ..paging(order, Direction::Ascending) };
                let filter = MemberFilter::default();
                let page = shelf.store.reads().members().list(here.id, &filter, &paging, now()).await.unwrap();
                let Some(last) = page.last() else { break };
                let key = match order {
                    MemberOrder::Added => After::Time(last.created_at),
                    _ => After::Text(fold::fold(last.display_name.as_str())),
                };
                after = Some((key, last.id));
                told.extend(page.into_iter().map(|member| member.id));
            }
            let mut wanted: Vec<_> = members.iter().map(|member| member.id).collect();
            wanted.sort_unstable();
            assert_eq!(told, wanted, "{order:?}");
        }
    }
}

each_store! {
    async fn a_time_comes_back_as_it_was_to_the_microsecond(shelf: Shelf) {
        let (first, mut all) = (organization("times"), vec![]);
        put(&shelf.store, std::slice::from_ref(&first)).await;
        let micros = [0, 1, 999_999, 500_000, 123_456, 100_000, 10];
        for (n, micros) in micros.into_iter().enumerate() {
            let at = Time::from_timestamp(1_780_000_000, micros * 1000).unwrap();
            let email = format!("t{n}@example.org");
            all.push(Member {
                created_at: at,
                invitation_expires_at: Some(at),
                stored_state: MemberState::Invited,
                ..member(&first, "Time", &email)
            });
        }
        insert(&shelf.store, &all).await;
        for member in &all {
            let told = shelf.store.reads().members().get(first.id, member.id).await.unwrap();
            assert_eq!(told.created_at, member.created_at);
            assert_eq!(told.invitation_expires_at, member.invitation_expires_at);
        }
        // And they are ordered as times, not as text of different lengths.
        let paging = paging(MemberOrder::Added, Direction::Ascending);
        let told = shelf.store.reads().members().list(first.id, &MemberFilter::default(), &paging, now()).await.unwrap();
        let mut wanted: Vec<_> = all.iter().map(|member| member.created_at).collect();
        wanted.sort_unstable();
        assert_eq!(told.iter().map(|member| member.created_at).collect::<Vec<_>>(), wanted);
        // An invitation ends at its very microsecond.
        let at = all[1].invitation_expires_at.unwrap();
        let open = MemberFilter { states: vec![MemberState::Invited], ..MemberFilter::default() };
        let count = async |now| shelf.store.reads().members().count(first.id, &open, now).await.unwrap();
        let before = count(at - chrono::TimeDelta::microseconds(1)).await;
        assert_eq!(count(at).await + 1, before);
    }
}

each_store! {
    /// Where a NULL stands among values differs between the engines; no list may depend on it.
    async fn rows_without_a_value_are_listed_with_the_others_in_the_same_order(shelf: Shelf) {
        let here = organization("nulls");
        put(&shelf.store, std::slice::from_ref(&here)).await;
        let at = now();
        let mut members = vec![];
        for n in 0..6_i32 {
            let seen = (n % 2 == 0).then_some(at);
            let one = member(&here, &format!("N{n}"), &format!("n{n}@example.org"));
            members.push(Member { last_sign_in_at: seen, invitation_expires_at: seen, ..one });
        }
        insert(&shelf.store, &members).await;
        for direction in [Direction::Ascending, Direction::Descending] {
            for order in [MemberOrder::Name, MemberOrder::Email, MemberOrder::Added] {
                let page = paging(order, direction);
                let told = shelf.store.reads().members().list(here.id, &MemberFilter::default(), &page, now()).await;
                let mut told: Vec<_> = told.unwrap().into_iter().map(|member| member.email.as_str().to_owned()).collect();
                if direction == Direction::Descending {
                    told.reverse();
                }
                assert_eq!(told, (0..6).map(|n| format!("n{n}@example.org")).collect::<Vec<_>>(), "{order:?}");
            }
        }
    }
}
