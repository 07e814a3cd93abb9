//! The runtime of the Lambda functions.
//!
//! A function's `main` names its entry in the manifest, says how the step is built ([`Setup`]), and hands over the work for
//! one kind of event: messages of a queue ([`queue()`], or [`queue_in_batches()`]) or of a topic ([`topic()`]), HTTP
//! requests ([`http()`]), a schedule ([`timer()`]), invocations that wait for an answer ([`invoked()`]), or both of the last
//! kinds ([`http_or_invoked()`]). Everything else is here: configuration with secrets, a check of every resource before the
//! first event, JSON logs, failures of single records, the renewal of a function whose secrets were rotated, and an orderly
//! end.

mod checks;
mod http;
mod invoked;
mod live;
mod logging;
mod no_calls;
mod queue;
mod run;
mod secrets;
mod setup;
mod shutdown;
mod timer;
mod tls;
mod topic;

pub use http::{HttpRequest, HttpResponse, http, http_or_invoked};
pub use invoked::invoked;
pub use queue::{queue, queue_in_batches};
pub use setup::{Setup, StartError};
pub use timer::timer;
pub use topic::topic;
