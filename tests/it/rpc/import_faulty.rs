//! ImportMembers and files that can't be read to their end, have no good row, or are too much to be held at once.

use super::import_stream::Slow;
use crate::support::calls::request_id;
use crate::support::files::how;
use crate::support::{Refusal, each_engine, invariants};
use roster::app::ATOMIC_IMPORTS;
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

use ms::ExistingMembers::Skip;
use ms::ImportMode::{Atomic, BestEffort, DryRun};

each_engine! {
    async fn an_import_of_bad_rows_alone_ends_with_the_right_too(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "admin").await;
        let bad = |from: usize| (from..from + 500).map(|i| format!("bad{i}\n")).collect::<String>();
        let mut slow = Slow::begin(&world, &bob, how(BestEffort, Skip)).await;
        slow.send(&format!("email\n{}", bad(0))).await;
        slow.until_faults(500).await;
        world.set_roles(&ana, &bob.member, &["guest"]).await.unwrap();
        slow.send(&bad(500)).await;
        let heard = slow.end().await;
        let refusal = Refusal::of(&heard.status.expect("it is refused"));
        assert_eq!((refusal.code, refusal.reason.as_str()), (Code::PermissionDenied, "REASON_PERMISSION_MISSING"));
        assert_eq!(heard.faults.len(), 500, "nothing more is judged for them");
        assert_eq!(invariants::logged(&world, "call_refused").await, 1);
    }
}

each_engine! {
    async fn what_was_read_before_the_file_turned_out_faulty_is_told_and_done(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let whole = "email,name\nbad\na@example.org,A\nb@example.org,B\n";
        let faulty = format!("{whole}c@example.org,\0\n");
        for mode in [DryRun, Atomic] {
            let told = world.unchanged(world.import(&ana, how(mode, Skip), &faulty)).await;
            assert_eq!(told.reasons(), [(2, "email", "REASON_CELL_INVALID")], "{mode:?}: {told:?}");
            let refusal = Refusal::of(&told.status.unwrap());
            assert_eq!((refusal.code, refusal.reason.as_str()), (Code::InvalidArgument, "REASON_FILE_UNREADABLE"));
        }
        let header = ms::ImportMembersRequest { request_id: request_id(), ..how(BestEffort, Skip) };
        for _ in 0..2 {
            let told = world.import(&ana, header.clone(), &faulty).await;
            assert_eq!(told.reasons(), [(2, "email", "REASON_CELL_INVALID")], "{told:?}");
            assert_eq!(told.progress.last().unwrap().counts.unwrap().added, 2, "the same when it comes again");
        }
        assert_eq!(invariants::logged(&world, "member_added").await, 2);
        // Mended, it goes on under the same id.
        let mended = world.import(&ana, header, format!("{whole}c@example.org,C\n")).await;
        assert_eq!(mended.counts(), [4, 1, 0, 2, 1], "{mended:?}");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn o02_atomic_imports_are_few_at_once_and_bounded_in_memory(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let many = u32::try_from(ATOMIC_IMPORTS).unwrap();
        let all = world.app.atomic_imports.clone().try_acquire_many_owned(many).unwrap();
        let busy = world.unchanged(world.import(&ana, how(Atomic, Skip), "email\na@example.org\n")).await;
        let refusal = Refusal::of(&busy.status.unwrap());
        assert_eq!((refusal.code, refusal.reason.as_str()), (Code::ResourceExhausted, "REASON_TOO_BUSY"));
        let other = world.import(&ana, how(BestEffort, Skip), "email\na@example.org\n").await;
        assert_eq!(other.counts(), [1, 1, 0, 0, 0], "only those that hold all their rows wait");
        drop(all);
        let done = world.import(&ana, how(Atomic, Skip), "email\nb@example.org\n").await;
        assert_eq!(done.counts(), [1, 1, 0, 0, 0]);
        assert_eq!(world.app.atomic_imports.available_permits(), ATOMIC_IMPORTS, "it is given back");
        // 100 tags of two letters: 300 bytes in the file, and 4,000 in memory.
        let tags: Vec<String> = (0..100).map(|i| format!("{}{}", char::from(b'a' + i / 10), i % 10)).collect();
        let row = |i: usize| format!("p{i}@example.org,{}\n", tags.join(";"));
        let file = format!("email,tags\n{}", (0..9_900).map(row).collect::<String>());
        let much = world.unchanged(world.import(&ana, how(Atomic, Skip), file)).await;
        let refusal = Refusal::of(&much.status.unwrap());
        assert_eq!((refusal.reason.as_str(), refusal.metadata["what"].as_str()), ("REASON_FILE_TOO_LARGE", "atomic_rows"));
        assert!(much.faults.is_empty(), "none of it was judged");
    }
}
