//! ImportMembers as a stream: broken off, taken up again, its caller stripped of their rights, fed with bombs.

use crate::support::calls::request_id;
use crate::support::files::{Imported, how, messages};
use crate::support::{Person, Refusal, World, each_engine, invariants, with};
use futures_util::stream;
use roster::pb::roster::membership::v1 as ms;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

use ms::ExistingMembers::Skip;
use ms::ImportMode::{Atomic, BestEffort};

/// An import whose messages the test sends one by one.
pub(super) struct Slow {
    sender: mpsc::Sender<ms::ImportMembersRequest>,
    told: Streaming<ms::ImportMembersResponse>,
    heard: Imported,
}

impl Slow {
    pub(super) async fn begin(world: &World, by: &Person, first: ms::ImportMembersRequest) -> Slow {
        let (sender, stream) = mpsc::channel(1);
        sender.send(first).await.unwrap();
        let request = with(&by.token, ReceiverStream::new(stream));
        let told = world.membership().import_members(request).await.unwrap().into_inner();
        Slow {
            sender,
            told,
            heard: Imported::default(),
        }
    }

    pub(super) async fn send(&self, data: &str) {
        let message = ms::ImportMembersRequest {
            data: data.into(),
            ..Default::default()
        };
        self.sender.send(message).await.unwrap();
    }

    /// Hears until so many were added.
    async fn until_added(&mut self, count: i64) {
        while self
            .heard
            .progress
            .last()
            .is_none_or(|p| p.counts.unwrap().added < count)
        {
            let answer = self.told.message().await.unwrap().expect("it goes on");
            self.heard.hear(answer);
        }
    }

    /// Hears until so many bad rows were told of.
    pub(super) async fn until_faults(&mut self, count: usize) {
        while self.heard.faults.len() < count {
            let answer = self.told.message().await.unwrap().expect("it goes on");
            self.heard.hear(answer);
        }
    }

    /// Breaks off, as a client does that is gone: what was sent has no end.
    async fn cancel(self) {
        let Slow { sender, told, .. } = self;
        drop(told);
        tokio::time::sleep(Duration::from_millis(5)).await;
        drop(sender);
    }

    /// Sends no more, and hears the end.
    pub(super) async fn end(self) -> Imported {
        let Slow {
            sender,
            mut told,
            mut heard,
        } = self;
        drop(sender);
        loop {
            match told.message().await {
                Ok(Some(answer)) => heard.hear(answer),
                Ok(None) => return heard,
                Err(status) => {
                    heard.status = Some(status);
                    return heard;
                }
            }
        }
    }
}

fn rows(range: std::ops::Range<usize>) -> String {
    range.map(|i| format!("person{i}@example.org,Person {i}\n")).collect()
}

async fn count(world: &World, by: &Person) -> i64 {
    let request = ms::ListMembersRequest {
        page_size: 1,
        include_total_size: true,
        ..Default::default()
    };
    world.list(by, request).await.total_size.unwrap()
}

/// A file with rows of every fate.
fn mixed(count: usize) -> String {
    let row = |i: usize| match i % 50 {
        7 => format!("bad{i}\n"),
        11 => format!("person{}@example.org,again,\n", i - 1),
        13 => format!("x{i}@example.org,X,owner\n"),
        17 => format!("y{i}@example.org,\"two\nlines\",\n"),
        19 => format!("known{}@example.org,K,guest\n", i / 50),
        _ => format!("person{i}@example.org,Person {i},\n"),
    };
    format!("email,name,roles\n{}", (0..count).map(row).collect::<String>())
}

each_engine! {
    async fn an_import_that_broke_off_anywhere_ends_like_one_that_did_not(world: World) {
        const ROUNDS: usize = 8;
        let file = mixed(2_600);
        let header = || ms::ImportMembersRequest { request_id: request_id(), ..how(BestEffort, Skip) };
        let mut reference: Option<(Imported, i64)> = None;
        let mut done_before = vec![];
        for round in 0..=ROUNDS {
            let ana = world.sign_up(&format!("ana{round}@example.org")).await;
            for i in 0..3 {
                world.put(&ana, &format!("known{i}@example.org"), "Known", &["member"]).await;
            }
            let header = header();
            let pieces = messages(&header, file.as_bytes(), 1_500);
            if round > 0 {
                // Some of it, and then the client is gone.
                let sent = 1 + round * (pieces.len() - 2) / ROUNDS;
                let slow = Slow::begin(&world, &ana, pieces[0].clone()).await;
                for piece in &pieces[1..sent] {
                    let _ = slow.sender.send(piece.clone()).await;
                }
                tokio::time::sleep(Duration::from_millis(10 * (round as u64 % 4))).await;
                slow.cancel().await;
                done_before.push(count(&world, &ana).await);
            }
            let whole = world.import_all(&ana, messages(&header, file.as_bytes(), 40_000)).await;
            let listed = count(&world, &ana).await;
            match &reference {
                None => reference = Some((whole, listed)),
                Some((once, members)) => {
                    assert_eq!(whole.counts(), once.counts(), "round {round}");
                    assert_eq!(whole.faults, once.faults, "round {round}");
                    assert_eq!(listed, *members, "round {round}");
                }
            }
            // And again, whole: it acts no more.
            let again = world.unchanged(world.import_all(&ana, messages(&header, file.as_bytes(), 9_999))).await;
            assert_eq!(again.counts(), reference.as_ref().unwrap().0.counts());
        }
        invariants::check(&world).await;
        let once = &reference.unwrap().0;
        println!("{ROUNDS} imports broken off on {:?}, with {done_before:?} members by then; each came to {:?}", world.engine, once.counts());
    }
}

each_engine! {
    async fn another_file_under_the_same_id_is_refused(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let header = ms::ImportMembersRequest { request_id: request_id(), ..how(BestEffort, Skip) };
        let file = format!("email,name\n{}", rows(0..700));
        assert_eq!(world.import(&ana, header.clone(), &file).await.counts(), [700, 700, 0, 0, 0]);
        for other in [
            file.replace("person3@", "another3@"),
            file.replace("person650@", "another650@"),
            file.replace("email,name", "email,unknown"),
        ] {
            let refused = world.unchanged(world.import(&ana, header.clone(), other)).await;
            assert_eq!(Refusal::of(&refused.status.unwrap()).reason, "REASON_REQUEST_ID_REUSED");
        }
        for otherwise in [
            ms::ImportMembersRequest { invite: true, ..header.clone() },
            ms::ImportMembersRequest { existing: ms::ExistingMembers::Update.into(), ..header.clone() },
        ] {
            let refused = world.unchanged(world.import(&ana, otherwise, &file)).await;
            assert_eq!(Refusal::of(&refused.status.unwrap()).reason, "REASON_REQUEST_ID_REUSED");
        }
        // Another caller's id is another id.
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        assert_eq!(world.import(&bob, header, &file).await.counts(), [700, 0, 0, 700, 0]);
    }
}

each_engine! {
    async fn q06_what_broke_off_is_not_taken_for_the_end(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for round in 0..20 {
            // Half an address that is a whole one.
            let first = ms::ImportMembersRequest { data: "email\nx@example.co".into(), ..how(BestEffort, Skip) };
            let slow = Slow::begin(&world, &ana, first).await;
            tokio::time::sleep(Duration::from_millis(round)).await;
            slow.cancel().await;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(count(&world, &ana).await, 1, "only the owner");
    }
}

each_engine! {
    async fn q06_an_import_broken_off_leaves_whole_batches(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let first = ms::ImportMembersRequest { data: "email,name\n".into(), ..how(BestEffort, Skip) };
        let mut slow = Slow::begin(&world, &ana, first).await;
        slow.send(&rows(0..1_250)).await;
        slow.until_added(1_000).await;
        slow.cancel().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(count(&world, &ana).await, 1_001);
        let first = ms::ImportMembersRequest { data: "email,name\n".into(), ..how(Atomic, Skip) };
        let slow = Slow::begin(&world, &ana, first).await;
        slow.send(&rows(2_000..5_000)).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        slow.cancel().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(count(&world, &ana).await, 1_001, "nothing of the atomic one");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn k01_an_import_stops_when_its_caller_may_no_more(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let first = || ms::ImportMembersRequest { data: "email,name\n".into(), ..how(BestEffort, Skip) };
        let mut slow = Slow::begin(&world, &bob, first()).await;
        slow.send(&rows(0..600)).await;
        slow.until_added(500).await;
        world.set_roles(&ana, &bob.member, &["guest"]).await.unwrap();
        slow.send(&rows(600..1_600)).await;
        let ended = slow.end().await;
        let refusal = Refusal::of(&ended.status.unwrap());
        assert_eq!((refusal.code, refusal.reason.as_str()), (Code::PermissionDenied, "REASON_PERMISSION_MISSING"));
        assert_eq!(ended.progress.last().unwrap().counts.unwrap().added, 500, "it says how far it got");
        assert_eq!(count(&world, &ana).await, 502);

        let carla = world.join(&ana, "carla@example.org", "admin").await;
        let mut slow = Slow::begin(&world, &carla, first()).await;
        slow.send(&rows(2_000..2_600)).await;
        slow.until_added(500).await;
        world.remove(&ana, &carla.member, &carla.email).await;
        slow.send(&rows(2_600..3_600)).await;
        assert_eq!(slow.end().await.status.unwrap().code(), Code::Unauthenticated);
        assert_eq!(count(&world, &ana).await, 1_002);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn the_progress_is_told_at_least_every_second(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let first = ms::ImportMembersRequest { data: "email,name\n".into(), ..how(BestEffort, Skip) };
        let mut slow = Slow::begin(&world, &ana, first).await;
        for i in 0..3 {
            slow.send(&rows(i..i + 1)).await;
            let next = tokio::time::timeout(Duration::from_secs(1), slow.told.message()).await;
            slow.heard.hear(next.expect("within a second").unwrap().unwrap());
        }
        assert_eq!(slow.heard.progress.last().unwrap().counts.unwrap().rows, 3);
        assert_eq!(slow.end().await.counts(), [3, 3, 0, 0, 0]);
    }
}

/// Sends the same piece over and over, up to a hundred MiB; says how much the server took, and how it ended.
async fn pour(world: &World, by: &Person, begin: &str, piece: Vec<u8>) -> (usize, Refusal) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let first = ms::ImportMembersRequest {
        data: begin.into(),
        ..how(BestEffort, Skip)
    };
    let times = 100 * 1024 * 1024 / piece.len();
    let more = std::iter::repeat_n(piece, times).map(move |data| {
        counted.fetch_add(data.len(), Ordering::Relaxed);
        ms::ImportMembersRequest {
            data,
            ..Default::default()
        }
    });
    let request = with(&by.token, stream::iter(std::iter::once(first).chain(more)));
    let mut imported = Imported::default();
    match world.membership().import_members(request).await {
        Err(status) => imported.status = Some(status),
        Ok(answer) => {
            let mut told = answer.into_inner();
            loop {
                match told.message().await {
                    Ok(Some(answer)) => imported.hear(answer),
                    Ok(None) => break,
                    Err(status) => {
                        imported.status = Some(status);
                        break;
                    }
                }
            }
        }
    }
    let status = imported.status.expect("it is refused");
    (taken.load(Ordering::Relaxed), Refusal::of(&status))
}

each_engine! {
    async fn o02_bombs_are_refused_early_and_nothing_is_written(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let poured = [
            ("a row of 100 MiB", "email,name\nx@example.org,", vec![b'x'; 64 * 1024], "row_bytes"),
            ("a header of 100 MiB", "", vec![b'x'; 64 * 1024], "row_bytes"),
            ("columns without end", "email", b",x".repeat(16 * 1024), "columns"),
            ("cells without end", "email,name\nx@example.org", b",x".repeat(16 * 1024), "columns"),
            ("a quote that is never closed", "email,name\nx@example.org,\"", b"x\n".repeat(32 * 1024), "unclosed_quote"),
        ];
        for (what, begin, piece, problem) in poured {
            let (taken, refusal) = world.unchanged(pour(&world, &ana, begin, piece)).await;
            let named = refusal.metadata.get("what").or(refusal.metadata.get("problem")).unwrap();
            assert_eq!(named, problem, "{what}: {refusal:?}");
            assert!(taken < 4 * 1024 * 1024, "{what}: {taken} bytes were taken");
            println!("{what}: refused after {taken} bytes were handed over, {}", refusal.message);
        }
        let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let whole: [(&str, Vec<u8>); 6] = [
            ("utf16", wide("email\nx@example.org\n")),
            ("utf16", wide("\u{FEFF}email\nx@example.org\n")),
            ("nul", b"email,name\nx@example.org,a\0b\n".to_vec()),
            ("archive", [b"\x1f\x8b\x08".as_slice(), &[0; 1000]].concat()),
            ("archive", [b"PK\x03\x04".as_slice(), &[0; 1000]].concat()),
            ("mixed_encoding", b"email,name\nx@example.org,Jo\xc3\xa3o\ny@example.org,Jo\xe3o\n".to_vec()),
        ];
        for (problem, file) in whole {
            let refused = world.unchanged(world.import(&ana, how(BestEffort, Skip), file)).await;
            let refusal = Refusal::of(&refused.status.unwrap());
            assert_eq!((refusal.code, refusal.metadata["problem"].as_str()), (Code::InvalidArgument, problem));
        }
        let mixed = "email,name\r\na@example.org,A\nb@example.org,B\rc@example.org,C\r\n\r\n";
        assert_eq!(world.import(&ana, how(BestEffort, Skip), mixed).await.counts(), [3, 3, 0, 0, 0]);
    }
}

each_engine! {
    async fn two_imports_of_the_same_file_under_one_id_act_once(world: World) {
        let world = Arc::new(world);
        let ana = world.sign_up("ana@example.org").await;
        let header = ms::ImportMembersRequest { request_id: request_id(), ..how(BestEffort, Skip) };
        let file = mixed(1_200);
        let import = || {
            let (world, ana, header, file) = (world.clone(), ana.clone(), header.clone(), file.clone());
            tokio::spawn(async move { world.import(&ana, header, file).await })
        };
        let all = futures_util::future::join_all((0..4).map(|_| import())).await;
        let all: Vec<Imported> = all.into_iter().map(Result::unwrap).collect();
        assert!(all.iter().all(|one| one.counts() == all[0].counts() && one.faults == all[0].faults));
        assert_eq!(count(&world, &ana).await, 1 + all[0].counts()[1]);
        invariants::check(&world).await;
    }
}
