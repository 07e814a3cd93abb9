//! Holding one call, so that a test can act while the call is under way.

use tokio::sync::oneshot;

/// Where a call is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PausePoint {
    /// Before the call has any effect.
    BeforeEffect,
    /// After its effect, before its answer.
    AfterEffect,
}

/// The test's end of a held call. Dropping it discards the call: the connection closes, and a call
/// held before its effect never has one.
#[derive(Debug)]
pub struct Signal {
    arrived: Option<oneshot::Receiver<()>>,
    go: oneshot::Sender<()>,
}

impl Signal {
    /// Waits until the call is held. False when the server stopped before that call came.
    pub async fn arrived(&mut self) -> bool {
        match self.arrived.take() {
            Some(arrived) => arrived.await.is_ok(),
            None => true,
        }
    }

    /// Lets the call go on, also when its client is gone.
    pub fn release(self) {
        // The call may have ended with its server: then nobody waits.
        let _ = self.go.send(());
    }
}

/// The server's end of a held call.
#[derive(Debug)]
pub(crate) struct Hold {
    pub(crate) point: PausePoint,
    arrived: oneshot::Sender<()>,
    go: oneshot::Receiver<()>,
}

impl Hold {
    pub(crate) fn new(point: PausePoint) -> (Self, Signal) {
        let (arrived_in, arrived) = oneshot::channel();
        let (go, go_out) = oneshot::channel();
        (Self { point, arrived: arrived_in, go: go_out }, Signal { arrived: Some(arrived), go })
    }

    /// Reports the arrival and waits; false when the call is to be discarded.
    pub(crate) async fn wait(self) -> bool {
        // The test may not care for the arrival.
        let _ = self.arrived.send(());
        self.go.await.is_ok()
    }
}
