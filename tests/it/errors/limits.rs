//! Sizes and times: what is too large or takes too long is refused before it costs anything, and in the usual words.

use super::wire;
use crate::support::raw;
use crate::support::world::PASSWORD;
use crate::support::{Engine, World};
use prost::Message;
use roster::config::Size;
use roster::pb::roster::identity::v1 as id;
use std::time::Duration;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request};
use tonic_types::pb;

const LIMIT: usize = 8 * 1024;
const CHECK: &str = "/roster.identity.v1.IdentityService/CheckPassword";

async fn small() -> World {
    World::configured(Engine::Sqlite, |config| {
        config.server.max_message = Size(u32::try_from(LIMIT).unwrap())
    })
    .await
}

/// A request of exactly so many bytes.
fn sized(bytes: usize) -> Vec<u8> {
    let mut context = vec![];
    let rest = |context: &Vec<String>| {
        bytes
            - id::CheckPasswordRequest {
                password: PASSWORD.into(),
                context: context.clone(),
            }
            .encoded_len()
    };
    while rest(&context) > 200 {
        context.push("x".repeat(100));
    }
    let left = rest(&context);
    context.push("x".repeat(left - if left > 129 { 3 } else { 2 }));
    let message = id::CheckPasswordRequest {
        password: PASSWORD.into(),
        context,
    }
    .encode_to_vec();
    assert_eq!(message.len(), bytes);
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p09_a_message_may_be_as_large_as_the_limit_and_not_a_byte_larger() {
    let world = small().await;
    for size in [LIMIT - 1, LIMIT] {
        let answer = raw::call(&world.channel, CHECK, Request::new(sized(size))).await;
        let refused_for_its_size = answer
            .as_ref()
            .err()
            .is_some_and(|status| status.code() != Code::InvalidArgument);
        assert!(!refused_for_its_size, "{size}: {answer:?}");
    }
    for size in [LIMIT + 1, 4 * LIMIT] {
        let answer = raw::call(&world.channel, CHECK, Request::new(sized(size))).await;
        let refusal = wire(answer, Code::ResourceExhausted, "REASON_MESSAGE_TOO_LARGE");
        assert_eq!(refusal.kinds(), ["QuotaFailure"]);
        refusal.metadata_is(&[("limit", &LIMIT.to_string())]);
    }
    // The connection lives on.
    raw::call(&world.channel, CHECK, Request::new(sized(LIMIT))).await.ok();
    world
        .identity()
        .generate_password(id::GeneratePasswordRequest::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p09_compressed_messages_are_refused_before_they_are_unpacked() {
    let world = small().await;
    let mut client = world.identity().send_compressed(CompressionEncoding::Gzip);
    // A thousand to one: it would be far beyond the limit.
    let request = id::CheckPasswordRequest {
        password: "x".repeat(1000 * LIMIT),
        context: vec![],
    };
    let status = client.check_password(request).await.unwrap_err();
    assert!(
        matches!(status.code(), Code::Unimplemented | Code::ResourceExhausted),
        "{status:?}"
    );
    world
        .identity()
        .generate_password(id::GeneratePasswordRequest::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p09_bytes_that_are_no_message_are_the_callers_fault() {
    let world = small().await;
    // A truncated varint, a wrong wire type, a length beyond the end, text that is not UTF-8.
    for bytes in [
        vec![0xff],
        vec![0x0f, 1],
        vec![10, 200, 1, b'x'],
        vec![10, 2, 0xc3, 0x28],
    ] {
        let answer = raw::call(&world.channel, CHECK, Request::new(bytes.clone())).await;
        let refusal = wire(answer, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.kinds(), ["BadRequest"], "{bytes:?}");
    }
    // Fields that nobody knows are no fault.
    let unknown: Vec<u8> = (0..10_000).flat_map(|_| [0xf8, 0x06, 1]).take(LIMIT / 3 * 3).collect();
    let answer = raw::call(&world.channel, CHECK, Request::new(unknown)).await;
    assert!(
        answer
            .as_ref()
            .err()
            .is_none_or(|status| status.code() == Code::InvalidArgument),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p09_too_much_metadata_is_refused_and_the_server_serves_on() {
    let world = World::configured(Engine::Sqlite, |config| config.server.max_metadata = Size(4096)).await;
    let mut request = Request::new(id::GeneratePasswordRequest::default());
    request
        .metadata_mut()
        .insert("x-padding", "x".repeat(2000).parse().unwrap());
    world.identity().generate_password(request).await.unwrap();
    let mut request = Request::new(id::GeneratePasswordRequest::default());
    for n in 0..4 {
        let name: tonic::metadata::MetadataKey<_> = format!("x-padding-{n}").parse().unwrap();
        request.metadata_mut().insert(name, "x".repeat(2000).parse().unwrap());
    }
    world.identity().generate_password(request).await.unwrap_err();
    world
        .identity()
        .generate_password(id::GeneratePasswordRequest::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_takes_too_long_ends_at_the_deadline() {
    let world = World::configured(Engine::Sqlite, |config| {
        config.passwords.memory_kib = 256 * 1024;
        config.passwords.iterations = 20;
        config.server.deadline = Duration::from_millis(50);
    })
    .await;
    let request = id::SignUpRequest {
        email: "ana@example.org".into(),
        display_name: "Ana".into(),
        password: PASSWORD.into(),
        organization_name: "Ana and friends".into(),
        ..Default::default()
    };
    let answer = world.identity().sign_up(request).await;
    let refusal = wire(answer, Code::DeadlineExceeded, "REASON_DEADLINE_EXCEEDED");
    let retry: pb::RetryInfo = refusal.detail("RetryInfo");
    assert!(retry.retry_delay.is_some());
    assert_eq!(refusal.kinds(), ["RetryInfo"]);
    assert_eq!(world.mails("ana@example.org").await.len(), 0, "nothing was done");
}
