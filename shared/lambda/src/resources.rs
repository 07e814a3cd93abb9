//! A look at every resource before the first event.
//!
//! It opens the connections, which are then open when the first event comes, and finds a table or queue that is not
//! there or may not be used while that can still be said in one line.

use std::time::Duration;

use backend_aws::{Fault, ResourceError};
use futures_util::future::{BoxFuture, FutureExt as _, join_all};

/// How long the looks may take in all. Lambda gives a start ten seconds.
const PATIENCE: Duration = Duration::from_secs(4);

/// The looks that are to be taken.
#[derive(Default)]
pub(crate) struct Looks {
    looks: Vec<(&'static str, BoxFuture<'static, Result<(), ResourceError>>)>,
}

impl Looks {
    /// Adds the look at what `variable` names, unless it is there.
    pub(crate) fn add(
        &mut self,
        variable: &'static str,
        look: impl Future<Output = Result<(), Fault>> + Send + 'static,
    ) {
        if self.looks.iter().any(|(added, _)| *added == variable) {
            return;
        }
        let look =
            look.map(move |result| result.map_err(|fault| ResourceError { resource: variable, fault }));
        self.looks.push((variable, look.boxed()));
    }

    /// Takes all at once. What does not answer now may be well in a moment and is logged; what is not there or may not
    /// be used is an error, the first of them.
    pub(crate) async fn take(self) -> Result<(), ResourceError> {
        let Ok(results) =
            tokio::time::timeout(PATIENCE, join_all(self.looks.into_iter().map(|(_, look)| look))).await
        else {
            tracing::warn!(patience_ms = PATIENCE.as_millis(), "resources do not answer");
            return Ok(());
        };
        for error in results.into_iter().filter_map(Result::err) {
            if error.fault.is_lasting() {
                return Err(error);
            }
            tracing::warn!(error = workflow::error_chain(&error), "resource does not answer");
        }
        Ok(())
    }
}
