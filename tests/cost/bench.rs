//! A server that has a thread to itself, and lets what it does there be counted in pieces. Whoever calls it does so from
//! other threads, so that nothing of the client's is counted; nor is what SQLite's threads and those that hash passwords do.

use crate::statements;
use crate::support::{Engine, World};
use roster::app::App;
use roster::worker;
use std::collections::BTreeSet;
use tokio::sync::{mpsc, oneshot};
use tonic::transport::Channel;

/// What the server's thread did since the last cut.
#[derive(Debug)]
pub struct Piece {
    pub allocations: u64,
    pub statements: Vec<&'static str>,
}

enum Order {
    /// Tell what was done, and say whether to count statements from now on.
    Cut(bool, oneshot::Sender<Piece>),
    /// Make revocations known, as the worker does that isn't there.
    Feed(oneshot::Sender<()>),
    /// Tell the text of each statement that was counted.
    Texts(oneshot::Sender<BTreeSet<String>>),
}

pub struct Bench {
    pub world: World,
    orders: mpsc::UnboundedSender<Order>,
}

impl Bench {
    pub async fn start(engine: Engine) -> Bench {
        let (told, made) = oneshot::channel();
        let (orders, taken) = mpsc::unbounded_channel();
        std::thread::spawn(move || serve(engine, told, taken));
        let mut world: World = made.await.unwrap();
        // The one that came with it has its own end on the server's thread.
        let channel = Channel::from_shared(world.address.clone()).unwrap();
        world.channel = channel.connect().await.unwrap();
        Bench { world, orders }
    }

    /// What the server did since the last cut.
    pub async fn cut(&self, heed: bool) -> Piece {
        let (tell, told) = oneshot::channel();
        self.orders.send(Order::Cut(heed, tell)).ok().unwrap();
        told.await.unwrap()
    }

    /// For the next two seconds the server needn't ask the database what is revoked.
    pub async fn feed(&self) {
        let (tell, told) = oneshot::channel();
        self.orders.send(Order::Feed(tell)).ok().unwrap();
        told.await.unwrap();
    }

    /// The text of each statement that was counted so far.
    pub async fn texts(&self) -> BTreeSet<String> {
        let (tell, told) = oneshot::channel();
        self.orders.send(Order::Texts(tell)).ok().unwrap();
        told.await.unwrap()
    }
}

fn serve(engine: Engine, tell: oneshot::Sender<World>, mut orders: mpsc::UnboundedReceiver<Order>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(async { World::unfed(engine, engine.database().await, |_| {}).await });
    let app: App = world.app.clone();
    tell.send(world).ok().unwrap();
    loop {
        let mut order = None;
        let counted = allocation_counter::measure(|| order = runtime.block_on(orders.recv()));
        match order {
            Some(Order::Cut(heed, tell)) => {
                let piece = Piece {
                    allocations: counted.count_total,
                    statements: statements::heard(),
                };
                statements::heed(heed);
                tell.send(piece).ok().unwrap();
            }
            Some(Order::Feed(tell)) => {
                runtime.block_on(worker::feed::catch_up(&app)).unwrap();
                tell.send(()).unwrap();
            }
            Some(Order::Texts(tell)) => tell.send(statements::texts()).unwrap(),
            None => return,
        }
    }
}
