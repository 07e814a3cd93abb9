//! A check of every resource before the first event.
//!
//! It opens the connections that the first event needs, and finds a table or queue that is missing or may not be used while
//! one line of the log can still say so, instead of a storm of retries.

use std::time::Duration;

use backend_aws::{ResourceError, ResourceFault};
use config::Variable;
use futures_util::future::{BoxFuture, FutureExt as _, join_all};

/// How long all checks together may take. Lambda allows ten seconds for a start.
const CHECK_TIMEOUT: Duration = Duration::from_secs(4);

/// The checks to be run.
#[derive(Default)]
pub(crate) struct ResourceChecks {
    checks: Vec<(String, BoxFuture<'static, Result<(), ResourceError>>)>,
}

impl ResourceChecks {
    /// Adds the check of what `variable` names, unless it is there already.
    pub(crate) fn add(
        &mut self,
        variable: &Variable,
        check: impl Future<Output = Result<(), ResourceFault>> + Send + 'static,
    ) {
        let resource = variable.name.to_string();
        if self.checks.iter().any(|(added, _)| *added == resource) {
            return;
        }
        let name = resource.clone();
        let check = check.map(|result| result.map_err(|fault| ResourceError { resource, fault }));
        self.checks.push((name, check.boxed()));
    }

    /// Runs all checks at the same time. A resource that does not answer now may do so in a moment, and is only logged. The
    /// first one that is missing or may not be used is the error.
    pub(crate) async fn run(self) -> Result<(), ResourceError> {
        let checks = join_all(self.checks.into_iter().map(|(_, check)| check));
        let Ok(results) = tokio::time::timeout(CHECK_TIMEOUT, checks).await else {
            tracing::warn!(timeout_ms = CHECK_TIMEOUT.as_millis(), "resources do not answer");
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
