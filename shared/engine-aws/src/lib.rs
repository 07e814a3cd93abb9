//! The engine on AWS: orders, shops, catalogue, notices and tokens in DynamoDB, messages in SQS, labels in S3, the
//! credentials of outside services in Secrets Manager; alarms by SNS and End User Messaging.
//!
//! Each capability is a type of its own that holds one SDK client and the name of one resource, so that a function
//! builds, and its binary contains, only what it uses. `infra/README.md` has the access patterns with the requests of
//! each. All requests go to the endpoint and with the credentials that the Lambda environment names ([`Sdk`]).

mod alarms;
mod announced;
mod bucket;
mod catalogue;
mod error;
mod http;
mod item;
mod labels;
mod lists;
mod notices;
mod orders;
mod queues;
mod sdk;
mod secrets;
mod shops;
mod signed;
mod sns;
mod subscriptions;
mod tokens;
mod versioned;
mod voice;

pub use alarms::Alarms;
pub use bucket::Bucket;
pub use catalogue::Catalogue;
pub use error::{Fault, ResourceError};
pub use labels::Labels;
pub use notices::Notices;
pub use orders::Orders;
pub use queues::{QueueUrls, SqsQueues};
pub use sdk::{Sdk, SdkError};
pub use secrets::{Credentials, CredentialsError, Version, read_credentials};
pub use shops::Shops;
pub use sns::Sns;
pub use tokens::Tokens;
pub use voice::EndUserMessaging;
