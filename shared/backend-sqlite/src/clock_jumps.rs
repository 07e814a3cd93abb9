//! Clocks that are set while messages wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use jiff::SignedDuration;
use rusqlite::Connection;

/// From this difference between wall clock and elapsed time on, the clock was set; less is a time server's correction.
const JUMP_MIN: SignedDuration = SignedDuration::from_secs(1);

/// Notices that the wall clock was set, forward or back, and shifts the instants until which messages are hidden. Without
/// this, a clock that is set back would stop the queues for as long as it went back.
#[derive(Default)]
pub(crate) struct ClockJumps {
    last: Mutex<Option<(Timestamp, Duration)>>,
}

impl ClockJumps {
    /// Follows a jump since the last call. `elapsed` is the time of a clock that never goes back.
    pub(crate) fn follow(&self, db: &Connection, now: Timestamp, elapsed: Duration) -> rusqlite::Result<()> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace((now, elapsed));
        // The first call has nothing to compare with.
        let Some((then, elapsed_then)) = last else { return Ok(()) };
        let passed = SignedDuration::try_from(elapsed.saturating_sub(elapsed_then)).unwrap_or_default();
        let jump = now.duration_since(then).saturating_sub(passed);
        if jump.abs() < JUMP_MIN {
            return Ok(());
        }
        tracing::warn!(seconds = jump.as_secs(), "the system clock was changed");
        let micros = i64::try_from(jump.as_micros()).unwrap_or(0);
        db.execute("UPDATE messages SET visible_at = visible_at + ?1 WHERE hidden = 1", [micros])?;
        Ok(())
    }
}
