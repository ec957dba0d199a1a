//! The bare hash: Argon2id with the server's parameters, on threads of its own, with the memory kept.

use crate::report::Ceiling;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use roster::auth::password::HashParams;
use std::time::{Duration, Instant};

/// How many a second as many threads can do as the server hashes on.
pub fn ceiling(params: HashParams, threads: usize, measured: Duration) -> Ceiling {
    Ceiling {
        what: "Argon2",
        per_second: rate(params, threads, measured),
        server_us: None,
        database_us: None,
    }
}

/// How many a second so many threads can do.
pub fn rate(params: HashParams, threads: usize, measured: Duration) -> f64 {
    let begun = Instant::now();
    let hashing = (0..threads).map(|_| std::thread::spawn(move || hashes(params, begun + measured)));
    let hashing: Vec<_> = hashing.collect();
    let all: u32 = hashing
        .into_iter()
        .map(|thread| thread.join().expect("a hash doesn't panic"))
        .sum();
    f64::from(all) / begun.elapsed().as_secs_f64()
}

fn hashes(params: HashParams, end: Instant) -> u32 {
    let params = Params::new(params.m, params.t, params.p, Some(32)).expect("the server's parameters");
    let mut memory = vec![Block::default(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut out, mut done) = ([0; 32], 0);
    while Instant::now() < end {
        let hashed =
            argon.hash_password_into_with_memory(b"seven green rivers run uphill", &[7; 16], &mut out, &mut memory);
        hashed.expect("a password can be hashed");
        done += 1;
    }
    done
}
