//! Who owns an organisation: transfers, at once and with acceptance.

use crate::support::calls::{refused_item, request_id};
use crate::support::selections::Act;
use crate::support::{Person, Refusal, World, each_engine, invariants, refused, with};
use chrono::TimeDelta;
use roster::mail::message::MailTemplate;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::Code;

const RANDOM: &str = "mbr_01h455vb4pex5vsknk084sn02q";

async fn roles(world: &World, by: &Person, member: &str) -> Vec<String> {
    let member = world.get(by, member).await;
    let mut names: Vec<String> = member.roles.into_iter().map(|role| role.name).collect();
    names.sort();
    names
}

/// An owner and an administrator.
async fn two(world: &World) -> (Person, Person) {
    let ana = world.sign_up("ana@example.org").await;
    let bob = world.join(&ana, "bob@example.org", "admin").await;
    (ana, bob)
}

each_engine! {
    async fn c2_w6_the_ownership_moves_at_once_and_the_former_owner_is_an_administrator(world: World) {
        let (ana, bob) = two(&world).await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        world.set_roles(&ana, &bob.member, &["admin", "guest"]).await.unwrap();
        let bob = world.renewed(&bob).await;
        let moved = world.try_transfer(&ana, &bob.member, false).await.unwrap().into_inner();
        assert_eq!(moved.transfer, None, "nothing is left to be accepted");
        assert_eq!(roles(&world, &carla, &bob.member).await, ["guest", "owner"], "what else they were stays");
        assert_eq!(roles(&world, &carla, &ana.member).await, ["admin"]);
        // k01: tokens from before are of no use to either; the next ones say what is true.
        for stale in [&ana, &bob] {
            refused(world.try_get(stale, &carla.member).await, Code::Unauthenticated, "REASON_CREDENTIAL_INVALID");
        }
        let (ana, bob) = (world.renewed(&ana).await, world.renewed(&bob).await);
        refused(world.try_transfer(&ana, &carla.member, false).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        let above = world.try_remove(&ana, &[(&bob.member, &bob.email)]).await.unwrap().into_inner();
        let above = Refusal::of(&refused_item(&above.results[0]));
        assert_eq!(above.reason, "REASON_TARGET_OUTRANKS_YOU", "r3: the owner is above administrators");
        world.configure(&bob, og::UpdateOrganizationRequest { display_name: "Bob's".into(), ..Default::default() }).await;
        for (who, kind) in [(&ana, "ownership-given"), (&bob, "ownership-received")] {
            assert_eq!(world.mail_kinds(&who.email).await.last(), Some(&kind), "{}", who.email);
        }
        assert_eq!(invariants::logged(&world, "ownership_transferred").await, 1);
        invariants::check(&world).await;
        // And back again: the swap undoes itself.
        world.try_transfer(&bob, &ana.member, false).await.unwrap();
        assert_eq!(roles(&world, &carla, &ana.member).await, ["owner"]);
        assert_eq!(roles(&world, &carla, &bob.member).await, ["admin", "guest"]);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_transfer_is_refused_to_whoever_may_not_and_to_whoever_can_not(world: World) {
        let (ana, bob) = two(&world).await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        let invited = world.add(&ana, "dora@example.org", "admin").await;
        let off = world.join(&ana, "off@example.org", "admin").await;
        let disabled = world.join(&ana, "disabled@example.org", "admin").await;
        world.done(&ana, Act::Suspend, &off.member).await;
        world.sql("UPDATE users SET disabled_at = created_at WHERE email = 'disabled@example.org'").await;
        let other = world.sign_up("other@example.org").await;
        world.unchanged(async {
            let denied = refused(world.try_transfer(&bob, &carla.member, false).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
            assert_eq!((denied.metadata["permission"].as_str(), denied.metadata["roles"].as_str()), ("organization.transfer", "owner"));
            for (member, code, reason) in [
                (carla.member.as_str(), Code::FailedPrecondition, "REASON_NOT_AN_ADMINISTRATOR"),
                (invited.id.as_str(), Code::FailedPrecondition, "REASON_STATE_FORBIDS"),
                (off.member.as_str(), Code::FailedPrecondition, "REASON_STATE_FORBIDS"),
                (ana.member.as_str(), Code::FailedPrecondition, "REASON_OWNER_PROTECTED"),
                (disabled.member.as_str(), Code::FailedPrecondition, "REASON_USER_DISABLED"),
                (other.member.as_str(), Code::NotFound, "REASON_NOT_FOUND"),
                (RANDOM, Code::NotFound, "REASON_NOT_FOUND"),
                ("bob", Code::InvalidArgument, "REASON_INPUT_INVALID"),
            ] {
                for accept in [false, true] {
                    refused(world.try_transfer(&ana, member, accept).await, code, reason);
                }
            }
        })
        .await;
        world.clock.advance(TimeDelta::minutes(11));
        let ana = world.renewed(&ana).await;
        world.unchanged(async {
            refused(world.try_transfer(&ana, &bob.member, false).await, Code::PermissionDenied, "REASON_FRESH_LOGIN_REQUIRED");
        })
        .await;
    }
}

each_engine! {
    async fn transfer_with_validate_only_and_request_id(world: World) {
        let (ana, bob) = two(&world).await;
        let request = og::TransferOwnershipRequest {
            request_id: request_id(),
            member_id: bob.member.clone(),
            require_acceptance: true,
            ..Default::default()
        };
        let send = |request| {
            let (mut client, token) = (world.organization(), ana.token.clone());
            async move { client.transfer_ownership(with(&token, request)).await }
        };
        let dry = og::TransferOwnershipRequest { validate_only: true, ..request.clone() };
        let would = world.unchanged(send(dry)).await.unwrap().into_inner();
        let first = send(request.clone()).await.unwrap().into_inner();
        assert_eq!(first, would);
        world.unchanged(async {
            assert_eq!(send(request.clone()).await.unwrap().into_inner(), first);
            let other = og::TransferOwnershipRequest { require_acceptance: false, ..request.clone() };
            refused(send(other).await, Code::AlreadyExists, "REASON_REQUEST_ID_REUSED");
        })
        .await;
        // The other three as well.
        let dry = og::AcceptOwnershipTransferRequest { validate_only: true, ..Default::default() };
        let would = world.unchanged(async { world.organization().accept_ownership_transfer(with(&bob.token, dry)).await }).await;
        assert_eq!(would.unwrap().into_inner().former_owner_member_id, ana.member);
        let dry = og::DeclineOwnershipTransferRequest { validate_only: true, ..Default::default() };
        world.unchanged(async { world.organization().decline_ownership_transfer(with(&bob.token, dry)).await }).await.unwrap();
        let cancel = og::CancelOwnershipTransferRequest { request_id: request_id(), ..Default::default() };
        let dry = og::CancelOwnershipTransferRequest { validate_only: true, ..cancel.clone() };
        world.unchanged(async { world.organization().cancel_ownership_transfer(with(&ana.token, dry)).await }).await.unwrap();
        for _ in 0..2 {
            world.organization().cancel_ownership_transfer(with(&ana.token, cancel.clone())).await.unwrap();
        }
        assert_eq!(invariants::logged(&world, "ownership_offer_ended").await, 1, "the second answer is the first");
    }
}

each_engine! {
    async fn an_offer_moves_nothing_until_it_is_accepted(world: World) {
        let (ana, bob) = two(&world).await;
        let carla = world.join(&ana, "carla@example.org", "admin").await;
        refused(world.offered(&ana).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.try_take_over(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        let offer = world.try_transfer(&ana, &bob.member, true).await.unwrap().into_inner().transfer.unwrap();
        assert_eq!((offer.from_member_id.as_str(), offer.to_member_id.as_str()), (ana.member.as_str(), bob.member.as_str()));
        let days = offer.expire_time.unwrap().seconds - offer.create_time.unwrap().seconds;
        assert_eq!(days, 7 * 86_400);
        assert_eq!(roles(&world, &ana, &bob.member).await, ["admin"]);
        for reader in [&ana, &bob, &carla] {
            assert_eq!(world.offered(reader).await.unwrap().into_inner().transfer.unwrap(), offer);
        }
        let Some(MailTemplate::OwnershipAsked { owner, days, .. }) = world.mails(&bob.email).await.pop() else {
            panic!("bob wasn't asked");
        };
        assert_eq!((owner.as_str(), days), ("ana", 7));
        world.unchanged(async {
            for stranger in [&carla, &ana] {
                refused(world.try_take_over(stranger).await, Code::NotFound, "REASON_NOT_FOUND");
                refused(world.try_turn_down(stranger).await, Code::NotFound, "REASON_NOT_FOUND");
            }
            refused(world.try_take_back(&bob).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
        })
        .await;
        assert_eq!(world.try_take_over(&bob).await.unwrap().into_inner().former_owner_member_id, ana.member);
        assert_eq!(roles(&world, &carla, &bob.member).await, ["owner"]);
        assert_eq!(roles(&world, &carla, &ana.member).await, ["admin"]);
        let bob = world.renewed(&bob).await;
        refused(world.try_take_over(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.offered(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn an_offer_ends_with_the_standing_of_its_owner_and_does_not_come_back(world: World) {
        let world = world.with_preset("operations").await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "owner").await;
        let carla = world.join(&ana, "carla@example.org", "admin").await;
        world.try_transfer(&ana, &carla.member, true).await.unwrap();
        world.done(&bob, Act::Suspend, &ana.member).await;
        for back in [false, true] {
            if back {
                world.done(&bob, Act::Reactivate, &ana.member).await;
            }
            refused(world.offered(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
            refused(world.try_take_over(&carla).await, Code::NotFound, "REASON_NOT_FOUND");
            refused(world.try_take_back(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        }
        // Who loses something else still owns; who owns no more, even for a moment, offers nothing.
        let ana = world.log_in("ana@example.org").await;
        world.set_roles(&bob, &ana.member, &["owner", "member"]).await.unwrap();
        world.try_transfer(&ana, &carla.member, true).await.unwrap();
        world.set_roles(&bob, &ana.member, &["owner"]).await.unwrap();
        world.offered(&bob).await.unwrap();
        world.set_roles(&bob, &ana.member, &["admin"]).await.unwrap();
        world.set_roles(&bob, &ana.member, &["owner"]).await.unwrap();
        refused(world.offered(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.try_take_over(&carla).await, Code::NotFound, "REASON_NOT_FOUND");
        let ana = world.log_in("ana@example.org").await;
        world.try_transfer(&ana, &carla.member, true).await.unwrap();
        world.remove(&bob, &ana.member, &ana.email).await;
        refused(world.try_take_over(&carla).await, Code::NotFound, "REASON_NOT_FOUND");
        const WITHDRAWN: &str = "SELECT data FROM changes WHERE kind = 'ownership_offer_ended'";
        let ended = world.picture(WITHDRAWN).await;
        assert_eq!((ended.len(), ended.iter().filter(|data| data.contains("withdrawn")).count()), (3, 3), "{ended:?}");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn an_offer_ends_with_the_owners_role_whatever_another_role_grants(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stewards.toml");
        let steward = "[[roles]]\nname = \"steward\"\ntitle = { en = \"S\", pt-BR = \"S\", es = \"S\" }\n\
                       description = { en = \"S\", pt-BR = \"S\", es = \"S\" }\npermissions = [\"*\"]\n";
        let operations = include_str!("../../../presets/operations.toml");
        std::fs::write(&path, format!("{operations}\n{steward}")).unwrap();
        let world = world.with_preset(path.to_str().unwrap()).await;
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "owner").await;
        let carla = world.join(&ana, "carla@example.org", "admin").await;
        world.try_transfer(&ana, &carla.member, true).await.unwrap();
        world.set_roles(&bob, &ana.member, &["steward"]).await.unwrap();
        world.set_roles(&bob, &ana.member, &["owner"]).await.unwrap();
        refused(world.offered(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.try_take_over(&carla).await, Code::NotFound, "REASON_NOT_FOUND");
    }
}

each_engine! {
    async fn an_offer_can_be_declined_taken_back_and_replaced_and_runs_out(world: World) {
        let (ana, bob) = two(&world).await;
        let carla = world.join(&ana, "carla@example.org", "admin").await;
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.try_turn_down(&bob).await.unwrap();
        refused(world.try_take_over(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.try_take_back(&ana).await.unwrap();
        refused(world.try_take_back(&ana).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.try_take_over(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        // The newer one counts.
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.try_transfer(&ana, &carla.member, true).await.unwrap();
        refused(world.try_take_over(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        const ENDED: &str = "SELECT data FROM changes WHERE kind = 'ownership_offer_ended' ORDER BY id";
        let ended = world.picture(ENDED).await;
        for why in ["declined", "cancelled", "replaced"] {
            assert_eq!(ended.iter().filter(|data| data.contains(why)).count(), 1, "{why}: {ended:?}");
        }
        // It needs a fresh log-in to be accepted, not to be declined.
        world.clock.advance(TimeDelta::minutes(11));
        let stale = world.renewed(&carla).await;
        refused(world.try_take_over(&stale).await, Code::PermissionDenied, "REASON_FRESH_LOGIN_REQUIRED");
        world.clock.advance(TimeDelta::days(7) - TimeDelta::minutes(11));
        let carla = world.log_in("carla@example.org").await;
        let ended = refused(world.try_take_over(&carla).await, Code::FailedPrecondition, "REASON_TRANSFER_ENDED");
        assert_eq!(ended.metadata["state"], "expired");
        refused(world.offered(&carla).await, Code::NotFound, "REASON_NOT_FOUND");
        let ana = world.log_in("ana@example.org").await;
        refused(world.try_take_back(&ana).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(roles(&world, &ana, &ana.member).await, ["owner"]);
        // One that ran out ended by itself; one that is open ends with the organisation.
        world.try_transfer(&ana, &carla.member, true).await.unwrap();
        let slug = world.organization_of(&ana).await.slug;
        world.try_delete(&ana, &slug).await.unwrap();
        let ended = world.picture(ENDED).await;
        assert_eq!((ended.len(), ended.iter().filter(|data| data.contains("organization_deleted")).count()), (4, 1), "{ended:?}");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn an_offer_dies_with_the_standing_of_the_chosen_and_does_not_come_back(world: World) {
        let (ana, _) = two(&world).await;
        // Suspended and reactivated; revoked; edited there and back; removed and added again; switched off.
        let bob = world.log_in("bob@example.org").await;
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.done(&ana, Act::Suspend, &bob.member).await;
        refused(world.offered(&ana).await, Code::NotFound, "REASON_NOT_FOUND");
        world.done(&ana, Act::Reactivate, &bob.member).await;
        let bob = world.log_in("bob@example.org").await;
        refused(world.try_take_over(&bob).await, Code::FailedPrecondition, "REASON_TRANSFER_ENDED");

        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.set_roles(&ana, &bob.member, &["member"]).await.unwrap();
        let bob = world.log_in("bob@example.org").await;
        refused(world.try_take_over(&bob).await, Code::FailedPrecondition, "REASON_TRANSFER_ENDED");
        world.set_roles(&ana, &bob.member, &["admin"]).await.unwrap();
        let bob = world.log_in("bob@example.org").await;
        refused(world.try_take_over(&bob).await, Code::FailedPrecondition, "REASON_TRANSFER_ENDED");

        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.sql("UPDATE users SET disabled_at = created_at WHERE email = 'ana@example.org'").await;
        refused(world.offered(&bob).await, Code::NotFound, "REASON_NOT_FOUND");
        refused(world.try_take_over(&bob).await, Code::FailedPrecondition, "REASON_TRANSFER_ENDED");
        world.sql("UPDATE users SET disabled_at = NULL").await;
        world.offered(&bob).await.unwrap();

        world.remove(&ana, &bob.member, &bob.email).await;
        refused(world.offered(&ana).await, Code::NotFound, "REASON_NOT_FOUND");
        assert_eq!(roles(&world, &ana, &ana.member).await, ["owner"]);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn an_offer_outlives_what_the_chosen_gains(world: World) {
        let (ana, bob) = two(&world).await;
        let role = world.role(&ana, "Reader", &["members.read"]).await;
        let group = world.group(&ana, "Plain", &["guest"]).await;
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        // By every way, each of which counts the version of their rights up.
        world.set_roles(&ana, &bob.member, &["admin", "guest"]).await.unwrap();
        world.set_roles(&ana, &bob.member, &["admin", "guest", &role.id]).await.unwrap();
        world.put_in(&ana, &group.id, &[&bob.member]).await;
        world.permit(&ana, &role.id, &["members.read", "roles.read"]).await.unwrap();
        world.carry(&ana, &group.id, &["guest", "member"]).await.unwrap();
        world.bind(&ana, &bob.member, "member", 60).await;
        world.offered(&ana).await.unwrap();
        let bob = world.renewed(&bob).await;
        assert_eq!(world.try_take_over(&bob).await.unwrap().into_inner().former_owner_member_id, ana.member);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn what_nobody_can_accept_nobody_can_see(world: World) {
        let (ana, bob) = two(&world).await;
        let carla = world.join(&ana, "carla@example.org", "admin").await;
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        // A loss and a gain beside each other is a loss.
        world.set_roles(&ana, &bob.member, &["member", "guest"]).await.unwrap();
        world.set_roles(&ana, &bob.member, &["admin"]).await.unwrap();
        world.unchanged(async {
            refused(world.offered(&carla).await, Code::NotFound, "REASON_NOT_FOUND");
        })
        .await;
        let bob = world.log_in("bob@example.org").await;
        refused(world.try_take_over(&bob).await, Code::FailedPrecondition, "REASON_TRANSFER_ENDED");
        // Another one takes its place.
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.try_take_back(&ana).await.unwrap();
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn w3_the_button_says_what_the_transfer_would(world: World) {
        let (ana, bob) = two(&world).await;
        let carla = world.join(&ana, "carla@example.org", "member").await;
        for (whom, reason) in [(&bob, None), (&carla, Some("REASON_NOT_AN_ADMINISTRATOR")), (&ana, Some("REASON_OWNER_PROTECTED"))] {
            let request = ms::GetMemberActionsRequest { member_ids: vec![whom.member.clone()], ..Default::default() };
            let told = world.membership().get_member_actions(with(&ana.token, request)).await.unwrap().into_inner();
            let button = told.actions.into_iter().find(|a| a.action() == ms::ActionKind::TransferOwnership).unwrap();
            assert_eq!(button.possible, reason.is_none(), "{button:?}");
            assert_eq!(button.obstacles.first().map(|o| o.reason.as_str()), reason);
        }
    }
}

/// Somebody whom a preset lets transfer the ownership without owning.
const STEWARD: &str = r#"
[[roles]]
name = "steward"
title = { en = "Steward", pt-BR = "Intendente", es = "Intendente" }
description = { en = "Keeps house.", pt-BR = "Cuida da casa.", es = "Cuida la casa." }
permissions = ["organization.*", "members.*"]
"#;

each_engine! {
    async fn c2_only_an_owner_hands_over_whoever_else_has_the_permission(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("steward.toml");
        std::fs::write(&file, format!("{}{STEWARD}", include_str!("../../../presets/standard.toml"))).unwrap();
        let path = file.display().to_string();
        let world = World::configured(world.engine, |config| config.organizations.preset = path).await;
        let ana = world.sign_up("ana@example.org").await;
        let steward = world.join(&ana, "steward@example.org", "steward").await;
        let bob = world.join(&ana, "bob@example.org", "steward").await;
        world.unchanged(async {
            for accept in [false, true] {
                refused(world.try_transfer(&steward, &bob.member, accept).await, Code::PermissionDenied, "REASON_OWNER_ONLY");
            }
        })
        .await;
        // What was offered, they may take back, and what there is, they may delete, as the preset says.
        world.try_transfer(&ana, &bob.member, true).await.unwrap();
        world.try_take_back(&steward).await.unwrap();
        let slug = world.organization_of(&ana).await.slug;
        world.try_delete(&steward, &slug).await.unwrap();
        let steward = world.log_in("steward@example.org").await;
        refused(world.try_restore(&steward, &slug).await, Code::NotFound, "REASON_NOT_FOUND");
        let ana = world.log_in("ana@example.org").await;
        world.try_restore(&ana, &slug).await.unwrap();
        assert_eq!(world.mail_kinds("ana@example.org").await.last(), Some(&"organization-deleted"), "the owner hears of it");
        invariants::check(&world).await;
    }
}
