//! List prices: us-east-1, on demand, without free tiers, as AWS published them in 2025 (DynamoDB's after its cut of
//! November 2024). In US dollars a million, which is what one an order costs a million orders.

/// A request of API Gateway's HTTP API.
pub const HTTP_REQUEST: f64 = 1.00;
/// A run of a Lambda function.
pub const RUN: f64 = 0.20;
/// A gigabyte-second of a Lambda function on arm64.
pub const GIGABYTE_SECOND: f64 = 13.3334;
/// A request of SQS.
pub const QUEUE_REQUEST: f64 = 0.40;
/// A write request unit of DynamoDB: up to 1 KB.
pub const WRITE_UNIT: f64 = 0.625;
/// A read request unit of DynamoDB: up to 4 KB, strongly consistent.
pub const READ_UNIT: f64 = 0.125;
/// PUT of an object of S3 Standard.
pub const OBJECT_PUT: f64 = 5.00;
/// GET of one.
pub const OBJECT_GET: f64 = 0.40;
