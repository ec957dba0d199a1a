//! Text that looks like other text (B, D, O), seats (L) and page tokens (Q).

use crate::support::calls::Outcome;
use crate::support::world::PASSWORD;
use crate::support::{Person, each_engine, invariants, refused, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::{Code, Status};

fn err<T: std::fmt::Debug>(outcome: Outcome<T>) -> Status {
    outcome.expect_err("was answered")
}

each_engine! {
    async fn b12_a_role_is_meant_by_its_exact_name_or_not_at_all(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.unchanged(async {
            for name in ["OWNER", "Owner", "owner\u{200b}", "\u{43e}wner", " owner", "owner\n", "owner,admin", "ADMIN", "rol_", "\u{ff4f}wner", "*", "role_owner"] {
                let request = ms::AddMemberRequest { email: "x@example.org".into(), role_ids: vec![name.into()], ..Default::default() };
                let status = err(world.try_add(&ana, request).await);
                assert!(matches!(status.code(), Code::InvalidArgument | Code::NotFound), "{name:?}: {status:?}");
            }
        })
        .await;
    }
}

each_engine! {
    async fn d02_look_alike_addresses_are_refused_or_are_the_same_address(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let add = |email: &str| world.try_add(&ana, ms::AddMemberRequest { email: email.into(), ..Default::default() });
        add("bob@example.org").await.unwrap();
        world.unchanged(async {
            for email in [
                "bob\u{ff20}example.org", "bob\u{fe6b}example.org", "bob@example\u{ff0e}org", "bob@example\u{3002}org",
                "bo\u{ad}b@example.org", "\u{202e}bob@example.org", "bob@example.org\u{200b}", "\u{ff42}ob@example.org",
                "bob@e\u{ad}xample.org", "bob@\u{ff45}xample.org", "bo\u{131}b@example.org", "\u{fb01}b@example.org",
                "bob@example.org, eve@example.org", "bob@example.org;eve@example.org", "bob@example.org\neve@example.org",
                "bob@example.org\r\nBcc: eve@example.org", "\"bob\"@example.org", "bob@[127.0.0.1]", "bob@localhost", "bob@@example.org",
                "Bob <bob@example.org>", "bob@example.org.", "bob@-example.org", ".bob@example.org", "bob\0@example.org",
            ] {
                let status = err(add(email).await);
                assert!(matches!(status.code(), Code::InvalidArgument | Code::AlreadyExists), "{email:?}: {status:?}");
            }
        })
        .await;
        // One domain in two writings is one address.
        add("eva@bücher.example").await.unwrap();
        for same in ["eva@xn--bcher-kva.example", "EVA@BÜCHER.example", "eva@bu\u{308}cher.example"] {
            refused(add(same).await, Code::AlreadyExists, "REASON_ALREADY_MEMBER");
        }
        let stored = world.list(&ana, ms::ListMembersRequest::default()).await.members;
        assert!(stored.iter().all(|m| m.email.is_ascii()), "{stored:?}");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn l04_a_reserved_seat_is_kept_by_its_acceptance(world: World) {
        let world = world.with_seats(3).await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.add(&ana, "bob@example.org", "member").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        world.add(&ana, &eva.email, "member").await;
        let full = async || {
            let request = ms::AddMemberRequest { email: "more@example.org".into(), ..Default::default() };
            refused(world.try_add(&ana, request).await, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED");
        };
        full().await;
        world.set_roles(&ana, &bob.id, &["admin"]).await.expect("other roles take no other seat");
        world.accept_new(&world.code("bob@example.org").await).await.expect("the invitation holds the seat");
        world.accept_as(&eva, &world.code(&eva.email).await).await.unwrap();
        full().await;
        invariants::check(&world).await;
        // Each way out frees one: removal, decline.
        world.remove(&ana, &bob.id, "bob@example.org").await;
        world.add(&ana, "more@example.org", "member").await;
        refused(world.try_add(&ana, ms::AddMemberRequest { email: "x@example.org".into(), ..Default::default() }).await, Code::ResourceExhausted, "REASON_SEATS_EXHAUSTED");
        world.decline(&world.code("more@example.org").await).await.unwrap();
        world.add(&ana, "x@example.org", "member").await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn o04_no_name_carries_a_line_break_or_hides_in_one(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        let long = "x".repeat(10 * 1024);
        world.unchanged(async {
            for bad in ["a\rb", "a\nb", "a\r\n.\r\nb", "a\0b", "a\u{2028}b", "a\u{2029}b", "a\u{85}b", "a\u{b}b", "a\u{202e}b", "a\u{7f}b", "a\u{1b}[2Jb", long.as_str(), " ", ""] {
                let name = bad.to_owned();
                let create = og::CreateOrganizationRequest { display_name: name.clone(), ..Default::default() };
                let mut refusals = vec![refused(world.organization().create_organization(with(&ana.token, create)).await, Code::InvalidArgument, "REASON_INPUT_INVALID")];
                if !bad.is_empty() {
                    let update = og::UpdateOrganizationRequest { display_name: name.clone(), ..Default::default() };
                    refusals.push(refused(world.organization().update_organization(with(&ana.token, update)).await, Code::InvalidArgument, "REASON_INPUT_INVALID"));
                    let add = ms::AddMemberRequest { email: "new@example.org".into(), display_name: name.clone(), ..Default::default() };
                    refusals.push(refused(world.try_add(&ana, add).await, Code::InvalidArgument, "REASON_INPUT_INVALID"));
                    let accept = ms::AcceptInvitationRequest {
                        invitation: Some(ms::accept_invitation_request::Invitation::Code(code.clone())),
                        display_name: name,
                        password: PASSWORD.into(),
                        ..Default::default()
                    };
                    refusals.push(refused(world.membership().accept_invitation(accept).await, Code::InvalidArgument, "REASON_INPUT_INVALID"));
                }
                for refusal in refusals {
                    assert_eq!(refusal.fields(), ["display_name"], "{bad:?}");
                    assert!(refusal.message.len() < 1_000 && !refusal.message.contains(['\r', '\n']), "{}", refusal.message);
                }
            }
        })
        .await;
    }
}

each_engine! {
    async fn q01_a_page_token_is_good_for_its_own_query_alone(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        world.put(&ana, "c@example.org", "C", &["guest"]).await;
        let one = ms::ListMembersRequest { page_size: 1, ..Default::default() };
        let token = world.list(&ana, one.clone()).await.next_page_token;
        let with_token = |request: ms::ListMembersRequest, token: &str| ms::ListMembersRequest { page_token: token.into(), ..request };
        let tried = async |by: &Person, request: ms::ListMembersRequest| {
            let status = world.membership().list_members(with(&by.token, request)).await;
            assert_eq!(refused(status, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(), ["page_token"]);
        };
        let bytes = data_encoding::BASE64URL_NOPAD.decode(token.strip_prefix("rst_g_").unwrap().as_bytes()).unwrap();
        let again = |bytes: &[u8]| format!("rst_g_{}", data_encoding::BASE64URL_NOPAD.encode(bytes));
        assert_eq!(again(&bytes), token);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            tried(&ana, with_token(one.clone(), &again(&flipped))).await;
        }
        for length in 0..bytes.len() {
            tried(&ana, with_token(one.clone(), &again(&bytes[..length]))).await;
        }
        println!("{} flipped bits and {} cuts, on {:?}", bytes.len() * 8, bytes.len(), world.engine);
        // Another filter, order, direction; another user; another organisation of the same user; another method.
        let base = with_token(one.clone(), &token);
        tried(&ana, ms::ListMembersRequest { query: "e".into(), ..base.clone() }).await;
        tried(&ana, ms::ListMembersRequest { order_by: "email".into(), ..base.clone() }).await;
        tried(&ana, ms::ListMembersRequest { order_by: "display_name desc".into(), ..base.clone() }).await;
        tried(&ana, ms::ListMembersRequest { states: vec![ms::MemberState::Active.into()], ..base.clone() }).await;
        tried(&ana, ms::ListMembersRequest { guides: vec![ms::Guide::Ok.into()], ..base.clone() }).await;
        tried(&ana, ms::ListMembersRequest { role_ids: vec!["admin".into()], ..base.clone() }).await;
        tried(&bob, base.clone()).await;
        let mine = og::ListMyOrganizationsRequest { page_token: token.clone(), ..Default::default() };
        refused(world.organization().list_my_organizations(with(&ana.token, mine)).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        let roles = ac::ListRolesRequest { page_size: 1, ..Default::default() };
        let of_roles = world.access().list_roles(with(&ana.token, roles)).await.unwrap().into_inner().next_page_token;
        let permissions = ac::ListPermissionsRequest { page_size: 1, page_token: of_roles.clone(), ..Default::default() };
        refused(world.access().list_permissions(with(&ana.token, permissions)).await, Code::InvalidArgument, "REASON_INPUT_INVALID");
        tried(&ana, with_token(one.clone(), &of_roles)).await;
        // Another size is the same query; and a token is good more than once.
        for size in [1, 2, 50] {
            let next = world.list(&ana, ms::ListMembersRequest { page_size: size, ..base.clone() }).await;
            assert_eq!(next.members[0].email, "bob@example.org");
        }
        let there = world.found(&ana, "Second").await;
        tried(&there, base).await;
    }
}
