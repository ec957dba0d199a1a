//! The refusal of one item of a batch says what the refusal of a call says: the same code, words and details, in the language
//! of the call that asks, be the answer new or given again.

use super::Wire;
use crate::support::calls::{in_language, request_id};
use crate::support::{Person, World, each_engine, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use tonic::{Code, Status};
use tonic_types::pb;

const NOBODY: &str = "mbr_01jd0000000000000000000000";

fn wire(error: Option<&tonic_types::Status>) -> Wire {
    let error = error.expect("an item that is refused");
    let bytes = prost::Message::encode_to_vec(error);
    Wire::of(&Status::with_details(
        Code::from(error.code),
        error.message.clone(),
        bytes.into(),
    ))
}

#[track_caller]
fn same(item: &Wire, call: &Wire) {
    assert_eq!(
        (item.code, &item.message, &item.reason, &item.metadata),
        (call.code, &call.message, &call.reason, &call.metadata)
    );
    let besides = |wire: &Wire| {
        let mut details = wire.details.clone();
        // Its metadata, compared above, have no order.
        details.remove("google.rpc.ErrorInfo");
        details
    };
    assert_eq!(besides(item), besides(call), "{}", item.message);
}

async fn suspend(world: &World, by: &Person, request: ms::SuspendMembersRequest, language: &str) -> Vec<Wire> {
    let call = in_language(with(&by.token, request), language);
    let answer = world.membership().suspend_members(call).await.unwrap().into_inner();
    answer
        .results
        .iter()
        .map(|result| wire(result.error.as_ref()))
        .collect()
}

/// What the whole call is refused with where it is about this member alone.
async fn alone(world: &World, by: &Person, member: &str, language: &str) -> Wire {
    let request = ms::SuspendMembersRequest {
        member_ids: vec![member.into()],
        atomic: true,
        ..Default::default()
    };
    let call = in_language(with(&by.token, request), language);
    Wire::of(&world.membership().suspend_members(call).await.unwrap_err())
}

each_engine! {
    async fn an_item_is_refused_in_the_words_of_a_call(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let added = world.put(&ana, "added@example.org", "Added", &["member"]).await.id;
        let whom = [NOBODY, &added, &ana.member];
        for (language, said) in [("en", "suspend"), ("pt-BR", "suspender"), ("es", "suspender")] {
            let request = ms::SuspendMembersRequest { member_ids: whom.map(str::to_owned).to_vec(), ..Default::default() };
            let items = suspend(&world, &ana, request, language).await;
            for (item, member) in items.iter().zip(whom) {
                same(item, &alone(&world, &ana, member, language).await);
                let words: pb::LocalizedMessage = item.detail("LocalizedMessage");
                assert_eq!(words.locale, language);
            }
            let words: pb::LocalizedMessage = items[1].detail("LocalizedMessage");
            assert!(words.message.contains(said), "{words:?}");
        }
    }
}

each_engine! {
    async fn an_answer_given_again_speaks_the_language_of_who_asks_again(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let request = ms::SuspendMembersRequest { request_id: request_id(), member_ids: vec![NOBODY.into()], ..Default::default() };
        for language in ["en", "es", "pt-BR"] {
            let items = suspend(&world, &ana, request.clone(), language).await;
            let words: pb::LocalizedMessage = items[0].detail("LocalizedMessage");
            assert_eq!(words.locale, language);
            same(&items[0], &alone(&world, &ana, NOBODY, language).await);
        }
    }
}

each_engine! {
    async fn every_kind_of_batch_words_its_items(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let in_spanish = |error: Option<&tonic_types::Status>| {
            let words: pb::LocalizedMessage = wire(error).detail("LocalizedMessage");
            assert!(words.message.contains(NOBODY) && words.message.starts_with("No hay"), "{words:?}");
        };
        let questions = vec![ac::AccessQuestion { permission: "members.read".into(), member_id: NOBODY.into() }];
        let call = in_language(with(&ana.token, ac::BatchCheckAccessRequest { questions, ..Default::default() }), "es");
        in_spanish(world.access().batch_check_access(call).await.unwrap().into_inner().answers[0].error.as_ref());
        let call = in_language(with(&ana.token, ms::BatchGetMembersRequest { member_ids: vec![NOBODY.into()], ..Default::default() }), "es");
        in_spanish(world.membership().batch_get_members(call).await.unwrap().into_inner().results[0].error.as_ref());
        let removals = vec![ms::Removal { member_id: NOBODY.into(), confirm: "x@example.org".into(), ..Default::default() }];
        let call = in_language(with(&ana.token, ms::RemoveMembersRequest { removals, ..Default::default() }), "es");
        in_spanish(world.membership().remove_members(call).await.unwrap().into_inner().results[0].error.as_ref());
        let group = world.group(&ana, "Support", &[]).await.id;
        let request = ms::AddGroupMembersRequest { group_id: group, member_ids: vec![NOBODY.into()], ..Default::default() };
        let call = in_language(with(&ana.token, request), "es");
        in_spanish(world.membership().add_group_members(call).await.unwrap().into_inner().results[0].error.as_ref());
    }
}

each_engine! {
    async fn what_would_mend_it_stands_in_the_details_in_words(world: World) {
        let world = world.with_seats(1).await;
        let ana = world.sign_up("ana@example.org").await;
        let added = world.put(&ana, "added@example.org", "Added", &["member"]).await.id;
        let forbids = alone(&world, &ana, &added, "es").await;
        let failure: pb::PreconditionFailure = forbids.detail("PreconditionFailure");
        assert_eq!((failure.violations[0].r#type.as_str(), failure.violations[0].subject.as_str()), ("REASON_STATE_FORBIDS", added.as_str()));
        assert_eq!(failure.violations[0].description, forbids.message);
        assert!(forbids.message.contains("GetMemberActions"), "{forbids:?}");
        let request = ms::InviteMembersRequest { member_ids: vec![added], atomic: true, ..Default::default() };
        let refusal = Wire::of(&world.membership().invite_members(with(&ana.token, request)).await.unwrap_err());
        let quota: pb::QuotaFailure = refusal.detail("QuotaFailure");
        assert_eq!((quota.violations[0].subject.as_str(), &quota.violations[0].description), ("seats", &refusal.message));
        assert_eq!(refusal.reason, "REASON_SEATS_EXHAUSTED");
    }
}
