//! Faults: what may go wrong between a client and a provider, drawn from a seed or written as a script.

mod call;
mod kind;
mod log;
mod pause;
mod rates;
mod script;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) use call::{Call, Outcome};
pub use kind::CallKind;
pub use log::{CallLog, CallRecord};
pub use pause::{PausePoint, Signal};
pub use rates::FaultRates;
use script::Script;

use crate::lock::locked;

/// One way in which a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes, but late.
    Delay(Duration),
    TooManyRequests,
    /// 429 with this as `Retry-After`, in whole seconds.
    PauseAsked(Duration),
    /// Another refusal by HTTP status, such as 500 or 503, without effect.
    Status(u16),
    /// The connection closes before any effect.
    LostRequest,
    /// The effect takes place, then the connection closes without an answer.
    LostAnswer,
    /// The effect takes place; the answer is 200 with half of its body.
    BrokenBody,
    /// Nothing happens and no answer comes until the client gives up.
    HangWithoutEffect,
    /// The effect takes place, but no answer comes until the client gives up.
    HangAfterEffect,
}

/// The faults of one server. Cheap to clone; all clones share the same script and log.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    seed: u64,
    rates: FaultRates,
    script: Script,
    log: CallLog,
}

impl Faults {
    /// Nothing goes wrong, until scripted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Faults drawn from a seed. What befalls the n-th call of a kind depends on the seed, the kind
    /// and n alone, so a run with the same calls meets the same faults.
    pub fn seeded(seed: u64, rates: FaultRates) -> Self {
        Self(Arc::new(Mutex::new(Plan { seed, rates, ..Plan::default() })))
    }

    /// Replaces the probabilities; the script stays.
    pub fn set_rates(&self, rates: FaultRates) {
        locked(&self.0).rates = rates;
    }

    /// Scripts the `nth` call of a kind, counted from 1 since the start of the server.
    pub fn on_call(&self, kind: CallKind, nth: u64, fault: Fault) {
        locked(&self.0).script.on_call(kind, nth, fault);
    }

    /// Scripts the next call of a kind.
    pub fn on_next(&self, kind: CallKind, fault: Fault) {
        let mut plan = locked(&self.0);
        let nth = plan.log.count(kind) + 1;
        plan.script.on_call(kind, nth, fault);
    }

    /// Scripts the `n`-th call of the server, counted from 1 over all kinds.
    pub fn on_nth_call(&self, n: u64, fault: Fault) {
        locked(&self.0).script.on_nth(n, fault);
    }

    /// Holds the `n`-th call of the server, counted from 1 over all kinds.
    pub fn pause_at(&self, n: u64, point: PausePoint) -> Signal {
        locked(&self.0).script.pause_nth(n, point)
    }

    /// Holds the `nth` call of a kind, counted from 1.
    pub fn pause_on(&self, kind: CallKind, nth: u64, point: PausePoint) -> Signal {
        locked(&self.0).script.pause_call(kind, nth, point)
    }

    /// True when every scripted fault and pause has met its call. A test that scripts one must ask.
    pub fn all_fired(&self) -> bool {
        locked(&self.0).script.is_used_up()
    }

    /// Every call so far.
    pub fn log(&self) -> CallLog {
        locked(&self.0).log.clone()
    }

    /// How many calls of each kind came.
    pub fn calls(&self) -> BTreeMap<CallKind, u64> {
        locked(&self.0).log.counts().clone()
    }

    /// Registers a call that has arrived and decides what befalls it.
    pub(crate) fn begin(&self, kind: CallKind) -> Call {
        let mut plan = locked(&self.0);
        let record = plan.log.push(kind);
        let (latency, drawn) = plan.rates.draw(plan.seed, record);
        let (scripted, pause) = plan.script.take(record);
        Call { latency, fault: scripted.or(drawn), pause }
    }
}
