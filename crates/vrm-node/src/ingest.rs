//! The verifying pool: a few threads beside the swarm task that turn received bytes into inputs.
//!
//! Knows: how many wait, and what is done when too many do. Must not know what an object means (`reading` and the
//! machine do) or how bytes arrived.

use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use tokio::sync::mpsc;
use vrm_protocol::Input;

use crate::beats::Meter;
use crate::error::NodeError;
use crate::queue::{Lane, Queue};
use crate::reading::{Claim, Received, read};

/// Gossip waiting for a verifying thread: what one core verifies in a tenth of a second. More would only age.
const GOSSIP_WAITING: usize = 1024;
/// Letters and calls waiting for a verifying thread. At 80 KiB each letters may hold 20 MiB, and the network lets at
/// most 64 calls of each protocol wait.
const LETTERS_WAITING: usize = 256;
/// Items a thread takes at a time: enough to keep the lock quiet, few enough to share.
const TURN: usize = 16;

/// The way into the pool. It never waits. The pool ends when all copies are gone.
#[derive(Debug, Clone)]
pub struct Intake {
    gate: Arc<Gate>,
    meter: Arc<Meter>,
}

/// Closes the queue when nobody is left who could bring something, as when a runtime is dropped with its tasks.
#[derive(Debug)]
struct Gate(Arc<Queue<Received>>);

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A look at how many are on their way through the pool, which does not keep it open.
#[derive(Debug)]
pub(crate) struct Pending(Arc<Queue<Received>>);

impl Pending {
    /// Whether more inputs come at any moment.
    pub(crate) fn any(&self) -> bool {
        self.0.unfinished() > 0
    }
}

impl Intake {
    /// Brings bytes to the pool; gives them back when too many wait.
    ///
    /// # Errors
    /// The bytes.
    pub fn offer(&self, received: Received) -> Result<(), Received> {
        let lane = match received.what {
            Claim::Gossip(..) => Lane::Gossip,
            Claim::Letter(_) | Claim::Call(..) | Claim::Answer(..) => Lane::Letters,
        };
        self.gate.0.push(lane, received).inspect_err(|_| self.meter.shed())
    }

    /// How many are on their way through the pool.
    pub(crate) fn pending(&self) -> Pending {
        Pending(Arc::clone(&self.gate.0))
    }

    /// A way in that does not keep the pool open.
    pub(crate) fn weak(&self) -> WeakIntake {
        WeakIntake { gate: Arc::downgrade(&self.gate), meter: Arc::clone(&self.meter) }
    }

    /// Takes nothing more; the threads finish what waits and end.
    pub(crate) fn close(&self) {
        self.gate.0.close();
    }
}

/// See [`Intake::weak`].
#[derive(Debug, Clone)]
pub struct WeakIntake {
    gate: Weak<Gate>,
    meter: Arc<Meter>,
}

impl WeakIntake {
    /// The way in, while there is one.
    pub(crate) fn upgrade(&self) -> Option<Intake> {
        self.gate.upgrade().map(|gate| Intake { gate, meter: Arc::clone(&self.meter) })
    }
}

/// Starts the threads. They end when the intake is closed, or when nobody takes their inputs.
pub(crate) fn start(
    threads: usize,
    inputs: &mpsc::Sender<Input>,
    meter: &Arc<Meter>,
) -> Result<(Intake, Vec<JoinHandle<()>>), NodeError> {
    let queue = Arc::new(Queue::new(LETTERS_WAITING, GOSSIP_WAITING));
    let intake = Intake { gate: Arc::new(Gate(Arc::clone(&queue))), meter: Arc::clone(meter) };
    let spawn = |n| {
        let (queue, inputs, meter) = (Arc::clone(&queue), inputs.clone(), Arc::clone(meter));
        let thread = std::thread::Builder::new().name(format!("vrm-verify-{n}"));
        thread.spawn(move || work(&queue, &inputs, &meter)).map_err(|e| NodeError::Thread(e.to_string()))
    };
    // When a later thread does not start, the intake goes, and with it those that did.
    let pool: Result<Vec<_>, _> = (0..threads).map(spawn).collect();
    Ok((intake, pool?))
}

/// How many threads verify on this machine: all cores but the one that commits, four at most.
pub(crate) fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).clamp(1, 4)
}

fn work(queue: &Queue<Received>, inputs: &mpsc::Sender<Input>, meter: &Meter) {
    let mut some = Vec::with_capacity(TURN);
    while queue.pop_some(&mut some, TURN) {
        for received in some.drain(..) {
            let input = read(received, meter);
            queue.finish_one();
            if inputs.blocking_send(input).is_err() {
                queue.close();
                return;
            }
        }
    }
}
