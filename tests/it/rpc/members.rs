//! GetMember, LookupMember, ListMembers: one, one by address, and all of them by pages, searched and filtered.

use crate::support::calls::in_language;
use crate::support::{Person, World, each_engine, refused, with};
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeSet;
use std::time::Duration;
use tonic::Code;

fn names(list: &ms::ListMembersResponse) -> Vec<&str> {
    list.members.iter().map(|m| m.display_name.as_str()).collect()
}

/// All pages, one after the other, with something done between them.
async fn pages(
    world: &World,
    by: &Person,
    request: ms::ListMembersRequest,
    between: impl AsyncFn(usize),
) -> Vec<ms::Member> {
    let (mut all, mut token) = (vec![], String::new());
    for number in 0.. {
        let page = world
            .list(
                by,
                ms::ListMembersRequest {
                    page_token: token,
                    ..request.clone()
                },
            )
            .await;
        assert!(page.members.len() <= request.page_size as usize);
        all.extend(page.members);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        between(number).await;
    }
    all
}

each_engine! {
    async fn one_member_is_found_by_id_and_by_address(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "Bob.Reis@example.org", "admin").await;
        let got = world.get(&ana, &bob.member).await;
        assert_eq!((got.email.as_str(), got.user_id.as_str(), got.state(), got.has_seat), ("Bob.Reis@example.org", bob.user.as_str(), ms::MemberState::Active, true));
        assert_eq!((got.invitation.as_ref(), got.permissions.len()), (None, 0));
        assert!(got.last_sign_in_time.is_some());
        let look_up = |email: &str, include: bool| {
            let request = ms::LookupMemberRequest { email: email.into(), include_permissions: include, ..Default::default() };
            let (mut client, token) = (world.membership(), ana.token.clone());
            async move { client.lookup_member(with(&token, request)).await }
        };
        for email in ["bob.reis@example.org", " BOB.REIS@EXAMPLE.ORG "] {
            assert_eq!(look_up(email, false).await.unwrap().into_inner().member.unwrap(), got);
        }
        let full = look_up("bob.reis@example.org", true).await.unwrap().into_inner().member.unwrap();
        let members = full.permissions.iter().find(|m| m.module == "members").unwrap();
        assert_eq!(members.title, "Members");
        assert!(members.permissions.contains(&"members.remove".to_owned()));
        let organization = full.permissions.iter().find(|m| m.module == "organization").unwrap();
        assert_eq!(organization.permissions, ["organization.read"]);
        for (language, title) in [("pt-BR", "Membros"), ("es-AR", "Miembros")] {
            let request = ms::GetMemberRequest { member_id: bob.member.clone(), include_permissions: true, ..Default::default() };
            let call = in_language(with(&ana.token, request), language);
            let told = world.membership().get_member(call).await.unwrap().into_inner().member.unwrap();
            assert!(told.permissions.iter().any(|m| m.title == title), "{told:?}");
        }
        let refusal = refused(look_up("nobody@example.org", false).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(refusal.metadata["kind"], "member");
        assert_eq!(refused(look_up("no address", false).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["email"]);
        let refusal = refused(world.try_get(&ana, &ana.user).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert!(refusal.message.contains("usr_") && refusal.message.contains("mbr_"), "{}", refusal.message);
        refused(world.try_get(&ana, "").await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        let unknown = "mbr_01h455vb4pex5vsknk084sn02q";
        assert_eq!(refused(world.try_get(&ana, unknown).await, Code::NotFound, "REASON_NOT_FOUND").metadata["id"], unknown);
    }
}

each_engine! {
    async fn who_may_not_read_members_is_refused_everywhere(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let mute = world.join(&ana, "mute@example.org", "mute").await;
        let refusal = refused(world.try_get(&mute, &ana.member).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        assert_eq!((refusal.metadata["permission"].as_str(), refusal.metadata["roles"].as_str()), ("members.read", "owner, admin, member, guest, clerk"));
        // Whoever may not look learns nothing from validation.
        refused(world.try_get(&mute, "garbage").await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        let look = ms::LookupMemberRequest { email: "ana@example.org".into(), ..Default::default() };
        refused(world.membership().lookup_member(with(&mute.token, look)).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        let list = ms::ListMembersRequest { page_size: -5, ..Default::default() };
        refused(world.membership().list_members(with(&mute.token, list)).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        let actions = ms::GetMemberActionsRequest::default();
        refused(world.membership().get_member_actions(with(&mute.token, actions)).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
    }
}

each_engine! {
    async fn every_row_comes_once_in_every_order_while_others_are_added(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        // Names that fold to the same, so that the id must break ties.
        for (i, name) in ["Óscar", "oscar", "OSCAR", "Ana", "Zé", "ze", "Łukasz", "李", "Bea", "Bea"].iter().enumerate() {
            world.put(&ana, &format!("m{}@example.org", (i * 7) % 10), name, &["guest"]).await;
            if i % 3 == 0 {
                world.clock.advance(Duration::from_secs(1));
            }
        }
        let mut added = 0;
        for order in ["", "display_name", "display_name desc", "email", "email desc", "create_time", "create_time desc"] {
            let all = ms::ListMembersRequest { page_size: 1000, order_by: order.into(), ..Default::default() };
            for size in [1, 2, 7] {
                let before = pages(&world, &ana, all.clone(), async |_| ()).await;
                let start = added;
                let count = std::sync::atomic::AtomicUsize::new(added);
                let request = ms::ListMembersRequest { page_size: size, ..all.clone() };
                let seen = pages(&world, &ana, request, async |number| {
                    if number < 2 {
                        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        world.put(&ana, &format!("late{n}@example.org"), "Oscar", &["guest"]).await;
                    }
                })
                .await;
                added = count.into_inner();
                let ids: BTreeSet<_> = seen.iter().map(|m| &m.id).collect();
                assert_eq!(ids.len(), seen.len(), "{order} by {size}: a row came twice");
                // Those that were there before come all, in the same order; of the late ones some may.
                let known: Vec<_> = seen.iter().map(|m| &m.id).filter(|id| before.iter().any(|m| m.id == **id)).collect();
                assert_eq!(known, before.iter().map(|m| &m.id).collect::<Vec<_>>(), "{order} by {size}");
                assert!(added > start || before.len() <= size as usize);
            }
        }
        let ascending = world.list(&ana, ms::ListMembersRequest { order_by: "email".into(), page_size: 1000, ..Default::default() }).await;
        let mut descending = world.list(&ana, ms::ListMembersRequest { order_by: "email desc".into(), page_size: 1000, ..Default::default() }).await;
        descending.members.reverse();
        assert_eq!(ascending.members, descending.members);
        assert!(ascending.members.is_sorted_by_key(|m| m.email.clone()));
    }
}

each_engine! {
    async fn a_list_is_asked_for_within_its_bounds(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for i in 0..51 {
            world.put(&ana, &format!("m{i}@example.org"), "M", &[]).await;
        }
        let list = world.list(&ana, ms::ListMembersRequest { include_total_size: true, ..Default::default() }).await;
        assert_eq!((list.members.len(), list.total_size, list.next_page_token.is_empty()), (50, Some(52), false));
        let list = world.list(&ana, ms::ListMembersRequest { page_size: i32::MAX, ..Default::default() }).await;
        assert_eq!((list.members.len(), list.total_size, list.next_page_token.as_str()), (52, None, ""));
        let list = world.list(&ana, ms::ListMembersRequest { page_size: 52, ..Default::default() }).await;
        assert_eq!(list.next_page_token, "", "there is no empty page behind the last row");
        let call = |request| {
            let (mut client, token) = (world.membership(), ana.token.clone());
            async move { client.list_members(with(&token, request)).await }
        };
        let request = ms::ListMembersRequest {
            page_size: -1,
            order_by: "email sideways".into(),
            query: "q".repeat(201),
            states: vec![0, 5, 99],
            guides: vec![-1],
            role_ids: vec!["guest".into(), "not a\nrole".into()],
            ..Default::default()
        };
        let mut fields = refused(call(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
        fields.sort();
        assert_eq!(fields, ["guides[0]", "order_by", "page_size", "query", "role_ids[1]", "states[0]", "states[2]"]);
        let request = ms::ListMembersRequest { query: "é".repeat(200), ..Default::default() };
        assert_eq!(call(request).await.unwrap().into_inner().members.len(), 0);
        let request = ms::ListMembersRequest { page_token: "next".into(), ..Default::default() };
        assert_eq!(refused(call(request).await, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["page_token"]);
    }
}

each_engine! {
    async fn search_minds_neither_case_nor_accents_and_takes_wildcards_literally(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (email, name) in [
            ("joao@one.example", "João D'Ávila"),
            ("per_cent@two.example", "100% Mel"),
            ("back@three.example", r"Back\slash"),
            ("strasse@four.example", "Straße Ünder_line"),
            ("quote@five.example", "O'Brien \"Bob\""),
            ("cjk@six.example", "東京 太郎"),
        ] {
            world.put(&ana, email, name, &[]).await;
        }
        let all = 7;
        for (query, found) in [
            ("joao", vec!["João D'Ávila"]),
            ("JOÃO  d'avila", vec!["João D'Ávila"]),
            ("JOA\u{303}O", vec!["João D'Ávila"]),
            ("ONE.EXAMPLE", vec!["João D'Ávila"]),
            ("%", vec!["100% Mel"]),
            ("0%", vec!["100% Mel"]),
            ("%%", vec![]),
            ("1%l", vec![]),
            ("_", vec!["100% Mel", "Straße Ünder_line"]),
            ("r_c", vec!["100% Mel"]),
            ("p_r", vec![]),
            ("\\", vec![r"Back\slash"]),
            (r"k\s", vec![r"Back\slash"]),
            (r"\%", vec![]),
            (r"\\", vec![]),
            ("strasse u", vec!["Straße Ünder_line"]),
            ("ß", vec!["Straße Ünder_line"]),
            ("o'b", vec!["O'Brien \"Bob\""]),
            ("' OR 1=1 --", vec![]),
            ("東京", vec!["東京 太郎"]),
            ("\u{ff4a}\u{ff4f}\u{ff41}\u{ff4f}", vec!["João D'Ávila"]),
        ] {
            let request = ms::ListMembersRequest { query: query.into(), include_total_size: true, ..Default::default() };
            let list = world.list(&ana, request).await;
            assert_eq!(names(&list), found, "{query:?}");
            assert_eq!(list.total_size, Some(found.len() as i64), "{query:?}");
        }
        for control in ["\0", "a\0b", "a\nb", "\u{7f}"] {
            let request = ms::ListMembersRequest { query: control.into(), ..Default::default() };
            let refusal = world.membership().list_members(with(&ana.token, request)).await;
            assert_eq!(refused(refusal, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["query"], "{control:?}");
        }
        // What people don't see is no search for everybody.
        for nobody in ["\u{200b}", "\u{b4}"] {
            let list = world.list(&ana, ms::ListMembersRequest { query: nobody.into(), ..Default::default() }).await;
            assert_eq!(list.members.len(), 0, "{nobody:?}");
        }
        for nothing in ["", "  "] {
            let list = world.list(&ana, ms::ListMembersRequest { query: nothing.into(), ..Default::default() }).await;
            assert_eq!(list.members.len(), all, "{nothing:?}");
        }
    }
}

each_engine! {
    async fn filters_by_state_guide_and_role_follow_the_clock(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.put(&ana, "added@example.org", "added", &["guest"]).await;
        world.add(&ana, "invited@example.org", "admin").await;
        world.add(&ana, "declined@example.org", "guest").await;
        let code = world.code("declined@example.org").await;
        world.decline(&code).await.unwrap();
        world.join(&ana, "active@example.org", "member").await;
        use ms::{Guide as G, MemberState as S};
        let ask = |states: &[S], guides: &[G], roles: &[&str]| ms::ListMembersRequest {
            states: states.iter().map(|s| *s as i32).collect(),
            guides: guides.iter().map(|g| *g as i32).collect(),
            role_ids: roles.iter().map(ToString::to_string).collect(),
            order_by: "email".into(),
            include_total_size: true,
            ..Default::default()
        };
        let check = async |by: &Person, request: ms::ListMembersRequest, found: &[&str]| {
            let list = world.list(by, request.clone()).await;
            let mails: Vec<_> = list.members.iter().map(|m| m.email.split('@').next().unwrap()).collect();
            assert_eq!(mails, found, "{request:?}");
            assert_eq!(list.total_size, Some(found.len() as i64));
        };
        check(&ana, ask(&[S::Added], &[], &[]), &["added"]).await;
        check(&ana, ask(&[S::Invited], &[], &[]), &["invited"]).await;
        check(&ana, ask(&[S::Expired], &[], &[]), &[]).await;
        check(&ana, ask(&[S::Declined, S::Active], &[], &[]), &["active", "ana", "declined"]).await;
        check(&ana, ask(&[S::Suspended, S::Revoked], &[], &[]), &[]).await;
        check(&ana, ask(&[], &[G::Invite], &[]), &["added"]).await;
        check(&ana, ask(&[], &[G::ReInvite], &[]), &["declined"]).await;
        check(&ana, ask(&[], &[G::Wait, G::Ok], &[]), &["active", "ana", "invited"]).await;
        check(&ana, ask(&[S::Added], &[G::Ok], &[]), &[]).await;
        check(&ana, ask(&[], &[], &["guest"]), &["added", "declined"]).await;
        check(&ana, ask(&[S::Added, S::Invited], &[], &["guest", "admin"]), &["added", "invited"]).await;
        let unknown = world.membership().list_members(with(&ana.token, ask(&[], &[], &["emperor"]))).await;
        refused(unknown, Code::NotFound, "REASON_NOT_FOUND");
        // A moment before its end an invitation is open; at its end it isn't, and no job had to run.
        let invited = world.list(&ana, ask(&[S::Invited], &[], &[])).await.members.remove(0);
        let life = invited.invitation.clone().unwrap().expire_time.unwrap().seconds - invited.create_time.unwrap().seconds;
        world.clock.advance(Duration::from_secs(life as u64 - 1));
        let ana = world.log_in("ana@example.org").await;
        check(&ana, ask(&[S::Invited], &[], &[]), &["invited"]).await;
        world.clock.advance(Duration::from_secs(1));
        check(&ana, ask(&[S::Invited], &[], &[]), &[]).await;
        check(&ana, ask(&[S::Expired], &[], &[]), &["invited"]).await;
        check(&ana, ask(&[], &[G::ReInvite], &[]), &["declined", "invited"]).await;
        let expired = world.get(&ana, &invited.id).await;
        assert_eq!((expired.state(), expired.guide(), expired.has_seat), (S::Expired, G::ReInvite, false));
        assert_eq!(expired.invitation, invited.invitation, "one that ran out is still shown");
        assert_eq!(expired.etag, invited.etag, "the clock changes nobody's row");
    }
}
