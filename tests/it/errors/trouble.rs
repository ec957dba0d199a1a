//! When it isn't the caller's fault: the database away, and a fault of ours. The cause stays in the log.

use super::wire;
use crate::support::{each_engine, with};
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use sea_orm::ConnectionTrait;
use tonic::Code;
use tonic_types::pb;

each_engine! {
    async fn without_a_database_calls_are_unavailable_and_say_when_to_retry(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.app.store.close().await;
        let read = world.membership().list_members(with(&ana.token, ms::ListMembersRequest::default())).await;
        let message = id::UpdateMeRequest { display_name: "Ana Two".into(), ..Default::default() };
        let write = world.identity().update_me(with(&ana.token, message)).await;
        for refusal in [
            wire(read.map(drop), Code::Unavailable, "REASON_UNAVAILABLE"),
            wire(write.map(drop), Code::Unavailable, "REASON_UNAVAILABLE"),
        ] {
            let retry: pb::RetryInfo = refusal.detail("RetryInfo");
            assert_eq!(retry.retry_delay.unwrap().seconds, 1);
            assert_eq!(refusal.kinds(), ["RetryInfo"]);
            let told = format!("{refusal:?}").to_lowercase();
            for word in ["pool", "sqlx", "sqlite", "postgres"] {
                assert!(!told.contains(word), "{told}");
            }
        }
        // What needs no database goes on.
        world.identity().generate_password(id::GeneratePasswordRequest::default()).await.unwrap();
    }
}

each_engine! {
    async fn e04_a_fault_of_ours_carries_the_id_of_the_call_and_nothing_of_the_cause(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let connection = sea_orm::Database::connect(&world.database.settings.url).await.unwrap();
        connection.execute_unprepared("ALTER TABLE member_roles RENAME TO canary_roles").await.unwrap();
        connection.close().await.unwrap();
        let mut request = with(&ana.token, ms::ListMembersRequest::default());
        request.metadata_mut().insert("x-request-id", "canary-id-0001".parse().unwrap());
        let answer = world.membership().list_members(request).await;
        let refusal = wire(answer.map(drop), Code::Internal, "REASON_INTERNAL");
        let request: pb::RequestInfo = refusal.detail("RequestInfo");
        assert_eq!((request.request_id.as_str(), request.serving_data.as_str()), ("canary-id-0001", ""));
        refusal.metadata_is(&[("request_id", "canary-id-0001")]);
        assert_eq!(refusal.kinds(), ["RequestInfo"]);
        let texts = format!("{} {:?}", refusal.message, refusal.detail::<pb::LocalizedMessage>("LocalizedMessage"));
        for word in ["member_roles", "table", "relation", "select", "sql", ".rs", "sea_orm", "/"] {
            assert!(!texts.to_lowercase().contains(word), "{word:?} in {texts}");
        }
        // An id that could not stand in a log line is replaced by one of ours.
        let mut request = with(&ana.token, ms::ListMembersRequest::default());
        request.metadata_mut().insert("x-request-id", "short".parse().unwrap());
        let answer = world.membership().list_members(request).await;
        let refusal = wire(answer.map(drop), Code::Internal, "REASON_INTERNAL");
        assert_eq!(refusal.metadata["request_id"].len(), 32);
    }
}
