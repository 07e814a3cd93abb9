//! What the Lambda functions share.
//!
//! A function's `main` says what it is built from ([`Setup`]) and which events it takes: messages of a queue
//! ([`queue()`]) or of a topic ([`topic()`]), HTTP requests ([`http()`]), the ticks of a timer ([`timer()`]),
//! invocations that wait for an answer ([`invoked()`]), or these and HTTP requests ([`http_or_invoked()`]). Everything else
//! is here: configuration with secrets, the look at
//! every resource before the first event, JSON logs, failures by record, the renewal of a function whose secrets were
//! rotated, and an orderly end.

mod current;
mod http;
mod invoked;
mod logging;
mod no_voice;
mod queue;
mod resources;
mod run;
mod secrets;
mod setup;
mod shutdown;
mod timer;
mod tls;
mod topic;

pub use http::{Request, Response, http, http_or_invoked};
pub use invoked::invoked;
pub use queue::{Settled, each, queue};
pub use setup::{Setup, StartError};
pub use timer::timer;
pub use topic::topic;
