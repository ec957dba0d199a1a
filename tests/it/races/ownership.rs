//! The ownership, fought over: transfers against whatever ends or changes the standing of either side, and against each
//! other.

use super::trio::{Round, Trio, contender, fight};
use crate::support::calls::{Outcome, refused_item};
use crate::support::selections::{Act, Selected, refused_member};
use crate::support::world::{OTHER_PASSWORD, PASSWORD};
use crate::support::{Person, Refusal, World, each_engine, with};
use roster::clock::Clock;
use roster::domain::event::Event;
use roster::domain::user::User;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use roster::store::change::Origin;
use roster::store::{Receipt, Tx};
use std::sync::Arc;
use std::time::Duration;
use tonic::Status;

async fn hand_over(world: Arc<World>, by: Person, to: Person) -> Result<(), Status> {
    world.try_transfer(&by, &to.member, false).await.map(drop)
}

async fn remove(world: Arc<World>, by: Person, whom: Person) -> Result<(), Status> {
    let done = world
        .try_remove(&by, &[(&whom.member, &whom.email)])
        .await?
        .into_inner();
    match &done.results[0] {
        result if result.error.is_none() => Ok(()),
        result => Err(refused_item(result)),
    }
}

async fn suspend(world: Arc<World>, by: Person, whom: Person) -> Result<(), Status> {
    let done = world
        .try_act(&by, Act::Suspend, Selected::of(&[&whom.member]))
        .await?
        .into_inner();
    match &done[0] {
        result if result.error.is_none() => Ok(()),
        result => {
            let refusal = refused_member(result);
            Err(tonic_status(&refusal, result))
        }
    }
}

fn tonic_status(refusal: &Refusal, result: &ms::MemberResult) -> Status {
    let error = result.error.as_ref().unwrap();
    let details = prost::Message::encode_to_vec(error);
    Status::with_details(refusal.code, error.message.clone(), details.into())
}

async fn leave(world: Arc<World>, who: Person) -> Outcome<ms::LeaveOrganizationResponse> {
    let request = ms::LeaveOrganizationRequest {
        confirm: who.email.clone(),
        ..Default::default()
    };
    world.membership().leave_organization(with(&who.token, request)).await
}

/// Switches an account off, as an operator does: no method of the contract does. It is for the caller to commit.
async fn switched_off(world: &World, who: &Person) -> (Tx, Receipt) {
    let tx = world.app.store.begin().await.unwrap();
    let was = tx.users().lock(who.user.parse().unwrap()).await.unwrap().unwrap();
    let now = world.clock.now();
    let user = User {
        disabled_at: Some(now),
        ..was
    };
    tx.users().update(&user).await.unwrap();
    let event = Event::UserUpdated {
        user: user.id,
        before: serde_json::json!({ "disabled": false }),
        after: serde_json::json!({ "disabled": true }),
    };
    let receipt = Receipt {
        origin: Origin::default(),
        at: now,
        events: vec![(None, event)],
        revocations: vec![],
        mails: vec![],
        replay: None,
    };
    (tx, receipt)
}

async fn disable(world: Arc<World>, who: Person) -> Result<(), Status> {
    let (tx, receipt) = switched_off(&world, &who).await;
    tx.commit(receipt).await.unwrap();
    Ok(())
}

/// Changes a password; not twice, since the first takes the old one.
async fn change_password(world: Arc<World>, who: Person) -> Outcome<id::ChangePasswordResponse> {
    let request = id::ChangePasswordRequest {
        current_password: PASSWORD.into(),
        new_password: OTHER_PASSWORD.into(),
        ..Default::default()
    };
    world.identity().change_password(with(&who.token, request)).await
}

/// What a transfer may come to when somebody else acts on the chosen, or took the ownership first.
const LOST: &[&str] = &[
    "OK",
    "REASON_NOT_FOUND",
    "REASON_STATE_FORBIDS",
    "REASON_CREDENTIAL_INVALID",
    "REASON_PERMISSION_MISSING",
];
/// What acting on somebody may come to who owns the organisation by then.
const SPARED: &[&str] = &[
    "OK",
    "REASON_TARGET_OUTRANKS_YOU",
    "REASON_OWNER_PROTECTED",
    "REASON_NOT_FOUND",
    "REASON_STATE_FORBIDS",
    "REASON_CREDENTIAL_INVALID",
];

/// Whoever acts on the chosen wins, or the transfer does.
fn one_of(round: &Round, kind: &str) {
    round.only("transfer", LOST);
    round.only(kind, SPARED);
    assert_eq!(round.done("transfer") + round.done(kind), 1, "{:?}", round.0);
}

each_engine! {
    async fn i1_transfer_against_removal(world: World) {
        fight("transfer against removal", world, false, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            vec![
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("removal", remove(world.clone(), other.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner, chosen.clone())),
                contender("removal", remove(world, other, chosen)),
            ]
        }, |round| one_of(round, "removal")).await;
    }
}

each_engine! {
    async fn i1_transfer_against_suspension(world: World) {
        fight("transfer against suspension", world, false, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            vec![
                contender("suspension", suspend(world.clone(), other.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("suspension", suspend(world.clone(), other, chosen.clone())),
                contender("transfer", hand_over(world, owner, chosen)),
            ]
        }, |round| one_of(round, "suspension")).await;
    }
}

each_engine! {
    async fn i1_transfer_against_leaving(world: World) {
        fight("transfer against leaving", world, false, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            vec![
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("leaving", leave(world.clone(), chosen.clone())),
                contender("leaving", leave(world.clone(), chosen.clone())),
                contender("transfer", hand_over(world, owner, chosen)),
            ]
        }, |round| one_of(round, "leaving")).await;
    }
}

each_engine! {
    async fn l01_one_transfer_against_another(world: World) {
        fight("transfer against transfer", world, false, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            vec![
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), other.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen)),
                contender("transfer", hand_over(world, owner, other)),
            ]
        }, |round| {
            round.only("transfer", &["OK", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING"]);
            assert_eq!(round.done("transfer"), 1, "{:?}", round.0);
        }).await;
    }
}

each_engine! {
    async fn l01_demotions_of_each_other_and_a_transfer_leave_one_owner(world: World) {
        fight("transfer against demotions", world, false, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            let demote = |by: &Person, whom: &Person| {
                let (world, by, whom) = (world.clone(), by.clone(), whom.member.clone());
                async move { world.set_roles(&by, &whom, &["member"]).await }
            };
            vec![
                contender("demotion", demote(&other, &chosen)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("demotion", demote(&chosen, &owner)),
                contender("promotion", {
                    let (world, by, whom) = (world.clone(), owner.clone(), chosen.member.clone());
                    async move { world.set_roles(&by, &whom, &["admin"]).await }
                }),
            ]
        }, |round| {
            round.only("transfer", &["OK", "REASON_NOT_AN_ADMINISTRATOR", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING"]);
            assert!(round.done("transfer") <= 1, "{:?}", round.0);
            round.only("demotion", &["OK", "REASON_TARGET_OUTRANKS_YOU", "REASON_CREDENTIAL_INVALID", "REASON_OWNER_PROTECTED", "REASON_PERMISSION_MISSING"]);
        }).await;
    }
}

each_engine! {
    async fn i1_transfer_against_changes_of_the_accounts(world: World) {
        fight("transfer against account changes", world, false, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            let rename = |who: &Person| {
                let (mut client, token) = (world.identity(), who.token.clone());
                let request = id::UpdateMeRequest { display_name: format!("N{}", uuid::Uuid::now_v7().simple()), ..Default::default() };
                async move { client.update_me(with(&token, request)).await }
            };
            vec![
                contender("rename", rename(&owner)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("password", change_password(world.clone(), chosen.clone())),
                contender("rename", rename(&chosen)),
            ]
        }, |round| {
            round.only("transfer", &["OK", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING"]);
            round.only("rename", &["OK", "REASON_CREDENTIAL_INVALID"]);
            round.only("password", &["OK", "REASON_CREDENTIAL_INVALID", "REASON_PASSWORD_WRONG"]);
            // Who is handed the ownership needs a new token: the password is changed before that, or with it.
            assert_eq!(round.done("transfer"), 1, "{:?}", round.0);
        }).await;
    }
}

each_engine! {
    async fn i1_transfer_against_the_owner_changing_the_password(world: World) {
        fight("transfer against the owner's password", world, false, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            vec![
                contender("password", change_password(world.clone(), owner.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen)),
                contender("password", change_password(world.clone(), owner)),
            ]
        }, |round| {
            round.only("transfer", &["OK", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING"]);
            round.only("password", &["OK", "REASON_CREDENTIAL_INVALID", "REASON_PASSWORD_WRONG"]);
            assert_eq!(round.done("transfer"), 1, "{:?}", round.0);
        }).await;
    }
}

each_engine! {
    async fn i1_transfer_against_the_disabling_of_an_account(world: World) {
        let came = fight("transfer against disabling", world, false, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            vec![
                contender("disabling", disable(world.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("transfer", hand_over(world.clone(), owner, chosen.clone())),
                contender("disabling", disable(world, chosen)),
            ]
        }, |round| {
            round.only("transfer", &["OK", "REASON_USER_DISABLED", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING"]);
            assert!(round.done("transfer") <= 1, "{:?}", round.0);
            // Either the account was on when it received, and then nobody else tried with rights; or all were told that it is off.
            let told = round.0.iter().filter(|(_, came)| came == "REASON_USER_DISABLED").count();
            assert!(round.done("transfer") == 1 || told > 0, "{:?}", round.0);
        }).await;
        assert!(came.keys().any(|(_, came)| came == "REASON_USER_DISABLED"), "it was never too late: {came:?}");
    }
}

each_engine! {
    async fn i1_an_account_that_is_being_switched_off_receives_nothing(world: World) {
        let world = Arc::new(world);
        for accept in [false, true] {
            let ana = world.sign_up(&format!("ana{accept}@example.org")).await;
            let bob = world.join(&ana, &format!("bob{accept}@example.org"), "admin").await;
            if accept {
                world.try_transfer(&ana, &bob.member, true).await.unwrap();
            }
            // Of an offer it is the owner's account, whom the call doesn't lock as its caller.
            let (tx, receipt) = switched_off(&world, if accept { &ana } else { &bob }).await;
            let moving = tokio::spawn({
                let (world, ana, bob) = (world.clone(), ana.clone(), bob.clone());
                async move {
                    match accept {
                        true => world.try_take_over(&bob).await.map(drop),
                        false => world.try_transfer(&ana, &bob.member, false).await.map(drop),
                    }
                }
            });
            tokio::time::sleep(Duration::from_millis(300)).await;
            tx.commit(receipt).await.unwrap();
            let refusal = Refusal::of(&moving.await.unwrap().unwrap_err());
            let reason = if accept { "REASON_TRANSFER_ENDED" } else { "REASON_USER_DISABLED" };
            assert_eq!(refusal.reason, reason);
        }
    }
}

each_engine! {
    async fn i1_transfer_against_deletion(world: World) {
        fight("transfer against deletion", world, false, |world, trio| {
            let Trio { owner, chosen, .. } = trio.clone();
            let delete = |by: &Person| {
                let (world, by) = (world.clone(), by.clone());
                async move {
                    let asked = og::GetOrganizationRequest::default();
                    let home = world.organization().get_organization(with(&by.token, asked)).await?.into_inner();
                    let slug = home.organization.unwrap().slug;
                    world.try_delete(&by, &slug).await?;
                    let by = world.log_in(&by.email).await;
                    world.try_restore(&by, &slug).await
                }
            };
            vec![
                contender("deletion", delete(&owner)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen.clone())),
                contender("deletion", delete(&owner)),
                contender("transfer", hand_over(world.clone(), owner.clone(), chosen)),
            ]
        }, |round| {
            let gone = ["OK", "REASON_CREDENTIAL_INVALID", "REASON_PERMISSION_MISSING", "REASON_NOT_FOUND"];
            round.only("transfer", &gone);
            round.only("deletion", &gone);
            assert_eq!(round.done("transfer") + round.done("deletion"), 1, "{:?}", round.0);
        }).await;
    }
}

each_engine! {
    async fn i1_acceptance_against_all_that_ends_the_offer(world: World) {
        fight("acceptance against the end of the offer", world, true, |world, trio| {
            let Trio { owner, chosen, other } = trio.clone();
            let accept = { let (world, by) = (world.clone(), chosen.clone()); async move { world.try_take_over(&by).await } };
            let cancel = { let (world, by) = (world.clone(), owner); async move { world.try_take_back(&by).await } };
            let decline = { let (world, by) = (world.clone(), chosen.clone()); async move { world.try_turn_down(&by).await } };
            vec![
                contender("cancel", cancel),
                contender("accept", accept),
                contender("suspension", suspend(world, other, chosen)),
                contender("decline", decline),
            ]
        }, |round| {
            let (accepted, ended) = (round.done("accept"), round.done("cancel") + round.done("decline"));
            assert!(accepted + ended <= 1, "an offer is answered once: {:?}", round.0);
            assert!(accepted == 0 || round.done("suspension") == 0, "the owner was suspended, or the suspended owns: {:?}", round.0);
        }).await;
    }
}
