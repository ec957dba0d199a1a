//! Invitations (C): their codes, and what becomes of them when their inviters or the invited go.

use crate::support::calls::Outcome;
use crate::support::selections::Act;
use crate::support::{each_engine, invariants, refused, with};
use roster::pb::roster::membership::v1 as ms;
use tonic::{Code, Status};

fn err<T: std::fmt::Debug>(outcome: Outcome<T>) -> Status {
    outcome.expect_err("was answered")
}

each_engine! {
    async fn c02_no_altered_code_opens_anything(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        let mut altered: Vec<String> = vec![];
        for (i, was) in code.char_indices() {
            for new in ['A', 'b', '7', '-'] {
                if new != was {
                    altered.push(format!("{}{new}{}", &code[..i], &code[i + 1..]));
                }
            }
            altered.push(code[..i].to_owned());
        }
        altered.extend([code.to_uppercase(), code.to_lowercase(), format!("{code}="), format!(" {code}"), format!("{code}\0"), code.repeat(2)]);
        altered.extend(["rst_r_", "rst_p_", "rst_s_", "rst_l_", "rst_g_"].map(|kind| code.replace("rst_i_", kind)));
        for _ in 0..50 {
            // Well-formed to the last character, and nobody's.
            let made = roster::auth::opaque::OpaqueSecret::generate(roster::auth::opaque::SecretKind::Invitation, &*world.app.random);
            altered.push(made.expose().to_owned());
        }
        assert!(altered.len() >= 200);
        world.unchanged(async {
            for code in &altered {
                let statuses = [
                    err(world.accept_new(code).await),
                    err(world.decline(code).await),
                    err(world.membership().preview_invitation(ms::PreviewInvitationRequest { code: code.clone() }).await),
                ];
                for status in statuses {
                    assert!(matches!(status.code(), Code::InvalidArgument | Code::FailedPrecondition), "{code}: {status:?}");
                    assert!(!String::from_utf8_lossy(status.details()).contains("bob"), "{status:?}");
                }
            }
        })
        .await;
        println!("{} altered codes, on {:?}", altered.len(), world.engine);
        world.accept_new(&code).await.unwrap();
    }
}

each_engine! {
    async fn c05_an_invitation_is_used_up_even_after_one_has_gone(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        let bob = world.accept_new(&code).await.unwrap().into_inner();
        world.remove(&ana, &bob.member_id, "bob@example.org").await;
        let bob = world.log_in("bob@example.org").await;
        refused(world.accept_as(&bob, &code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        // Removed while it is open: dead as well, whether or not they are invited anew.
        let again = world.add(&ana, "bob@example.org", "member").await;
        let old = world.code("bob@example.org").await;
        world.remove(&ana, &again.id, "bob@example.org").await;
        world.add(&ana, "bob@example.org", "guest").await;
        let new = world.code("bob@example.org").await;
        refused(world.accept_as(&bob, &old).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        world.accept_as(&bob, &new).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn c05_an_invitation_is_used_up_even_after_one_has_left(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.add(&ana, "bob@example.org", "member").await;
        let code = world.code("bob@example.org").await;
        let tokens = world.accept_new(&code).await.unwrap().into_inner().tokens.unwrap();
        let request = ms::LeaveOrganizationRequest { confirm: "bob@example.org".into(), ..Default::default() };
        world.membership().leave_organization(with(&tokens.access_token, request)).await.unwrap();
        let bob = world.log_in("bob@example.org").await;
        world.unchanged(async {
            refused(world.accept_as(&bob, &code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            refused(world.decline(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        })
        .await;
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn c05_a_code_works_no_more_after_revocation_and_a_new_invitation(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let mut codes = vec![world.code("bob@example.org").await];
        world.done(&ana, Act::Revoke, &bob.member).await;
        for act in [Act::Invite, Act::Resend, Act::Cancel, Act::Invite] {
            world.done(&ana, act, &bob.member).await;
            codes.push(world.code("bob@example.org").await);
        }
        codes.dedup();
        let last = codes.pop().unwrap();
        assert_eq!(codes.len(), 3, "cancelling mails nothing");
        let back = world.log_in("bob@example.org").await;
        for code in &codes {
            refused(world.accept_as(&back, code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        }
        world.accept_as(&back, &last).await.unwrap();
        refused(world.accept_as(&back, &last).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn c01_a_member_who_comes_back_proves_the_address_first(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.unverified(&ana, "bob@example.org").await;
        world.done(&ana, Act::Revoke, &bob.member).await;
        world.done(&ana, Act::Invite, &bob.member).await;
        let code = world.code("bob@example.org").await;
        let bob = world.log_in("bob@example.org").await;
        refused(world.accept_as(&bob, &code).await, Code::FailedPrecondition, "REASON_EMAIL_UNVERIFIED");
    }
}

each_engine! {
    async fn c09_an_inviter_who_was_suspended_lets_nobody_in(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (act, name) in [(Act::Suspend, "bob"), (Act::Revoke, "eve")] {
            let admin = world.join(&ana, &format!("{name}@example.org"), "admin").await;
            let eva = world.sign_up(&format!("eva@{name}.example")).await;
            let new = format!("new@{name}.example");
            world.add(&admin, &new, "admin").await;
            world.add(&admin, &eva.email, "member").await;
            let codes = (world.code(&new).await, world.code(&eva.email).await);
            world.done(&ana, act, &admin.member).await;
            refused(world.accept_new(&codes.0).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            refused(world.accept_as(&eva, &codes.1).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
            // Somebody else may stand behind them.
            let listed = world.list(&ana, ms::ListMembersRequest { query: new.clone(), ..Default::default() }).await.members.remove(0);
            world.done(&ana, Act::Invite, &listed.id).await;
            world.accept_new(&world.code(&new).await).await.unwrap();
            invariants::check(&world).await;
        }
    }
}

each_engine! {
    async fn c09_an_inviter_whose_right_to_invite_shrinks_by_any_way_lets_nobody_in(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        // The right to invite comes from a group, and ends with what that carries.
        let clerk = world.join(&ana, "clerk@example.org", "guest").await;
        let keys = world.group(&ana, "Keys", &["clerk"]).await;
        world.put_in(&ana, &keys.id, &[&clerk.member]).await;
        let clerk = world.renewed(&clerk).await;
        let x = world.put(&ana, "x@example.org", "X", &["clerk"]).await.id;
        world.done(&clerk, Act::Invite, &x).await;
        let code = world.code("x@example.org").await;
        world.carry(&ana, &keys.id, &["guest"]).await.unwrap();
        refused(world.accept_new(&code).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        assert_eq!(world.get(&ana, &x).await.state(), ms::MemberState::Added);
        world.done(&ana, Act::Invite, &x).await;
        world.accept_new(&world.code("x@example.org").await).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn c09_an_inviter_who_was_demoted_lets_nobody_in(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        for email in ["new@example.org", "eva@elsewhere.example"] {
            world.add(&bob, email, "admin").await;
        }
        let (new, known) = (world.code("new@example.org").await, world.code("eva@elsewhere.example").await);
        world.set_roles(&ana, &bob.member, &["member"]).await.unwrap();
        refused(world.accept_new(&new).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        refused(world.accept_as(&eva, &known).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        // Restored rights don't bring a withdrawn invitation back.
        world.set_roles(&ana, &bob.member, &["admin"]).await.unwrap();
        refused(world.accept_new(&new).await, Code::FailedPrecondition, "REASON_INVITATION_ENDED");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn c13_the_code_is_random_and_is_nowhere_but_in_the_mail(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let mut codes = std::collections::BTreeSet::new();
        for i in 0..16 {
            let email = format!("m{i}@example.org");
            world.add(&ana, &email, "member").await;
            codes.insert(world.code(&email).await);
        }
        assert_eq!(codes.len(), 16);
        let list = format!("{:?}", world.list(&ana, ms::ListMembersRequest::default()).await);
        let dump = format!("{:?}", world.dump().await).to_lowercase();
        for code in &codes {
            let random = &code["rst_i_".len().."rst_i_".len() + 43];
            assert_eq!(data_encoding::BASE64URL_NOPAD.decode(random.as_bytes()).unwrap().len(), 32, "256 bits");
            assert!(!list.contains(random));
            let hex = data_encoding::HEXLOWER.encode(code.as_bytes());
            assert!(!dump.contains(&random.to_lowercase()) && !dump.contains(&hex), "the database holds a code");
        }
    }
}
