//! The backend on AWS: orders, alarms, shops, catalogue, processed events and tokens in DynamoDB, messages in SQS, labels in
//! S3, credentials and settings in Secrets Manager, notifications by SNS and End User Messaging.
//!
//! Each capability is a type with one SDK client and the name of one resource, so that a function builds, and its binary
//! contains, only what it uses. `infra/README.md` lists the access patterns with their requests. The Lambda environment names
//! the endpoint and the credentials of all requests ([`Sdk`]).

mod alarms;
mod bucket;
mod catalogue;
mod error;
mod http;
mod item;
mod labels;
mod lists;
mod notify_error;
mod orders;
mod processed_events;
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

pub use alarms::AlarmTable;
pub use bucket::Bucket;
pub use catalogue::CatalogueTable;
pub use error::{ResourceError, ResourceFault};
pub use labels::LabelBucket;
pub use orders::OrderTable;
pub use processed_events::ProcessedEventTable;
pub use queues::{QueueUrls, SqsQueues};
pub use sdk::{Sdk, SdkError};
pub use secrets::{Credentials, CredentialsError, Version, read_credentials};
pub use shops::ShopTable;
pub use sns::Sns;
pub use tokens::TokenTable;
pub use voice::EndUserMessaging;
