//! The stack's template, as tests read it.

use std::path::Path;

use anyhow::Context as _;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use serde_json::Value;

/// `infra/template.yaml`. Short forms such as `!Ref` have lost their names: only their arguments are left.
#[derive(Clone, Debug)]
pub struct Template {
    root: Value,
}

impl Template {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is missing or not YAML.
    pub fn read() -> anyhow::Result<Self> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/template.yaml");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(Self { root: serde_saphyr::from_str(&text).with_context(|| file.display().to_string())? })
    }

    /// The properties of a resource; null when there is no such resource.
    pub fn properties(&self, resource: &str) -> &Value {
        &self.root["Resources"][resource]["Properties"]
    }

    /// All resources of a type, with their properties.
    pub fn of_type(&self, of: &str) -> Vec<(&str, &Value)> {
        let resources = self.root["Resources"].as_object().into_iter().flatten();
        resources
            .filter(|(_, resource)| resource["Type"] == of)
            .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
            .collect()
    }

    /// The log filters that feed the metric of this alarm.
    pub fn filters_of(&self, alarm: &str) -> Vec<(&str, &Value)> {
        let alarm = self.properties(alarm);
        let mut filters = self.of_type("AWS::Logs::MetricFilter");
        filters.retain(|(_, filter)| {
            let metric = &filter["MetricTransformations"][0];
            metric["MetricName"] == alarm["MetricName"] && metric["MetricNamespace"] == alarm["Namespace"]
        });
        filters
    }

    /// The whole document.
    pub fn root(&self) -> &Value {
        &self.root
    }
}

/// What is needed to make a table.
pub(crate) struct TableDefinition {
    pub(crate) attributes: Vec<AttributeDefinition>,
    pub(crate) key: Vec<KeySchemaElement>,
    pub(crate) indexes: Option<Vec<GlobalSecondaryIndex>>,
    pub(crate) billing: BillingMode,
}

impl TableDefinition {
    pub(crate) fn of(properties: &Value) -> anyhow::Result<Self> {
        let attributes = list(&properties["AttributeDefinitions"]).map(|attribute| {
            let kind = ScalarAttributeType::from(text(&attribute["AttributeType"])?);
            let name = text(&attribute["AttributeName"])?;
            Ok(AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()?)
        });
        let indexes =
            list(&properties["GlobalSecondaryIndexes"]).map(index).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            attributes: attributes.collect::<anyhow::Result<_>>()?,
            key: key(&properties["KeySchema"])?,
            indexes: (!indexes.is_empty()).then_some(indexes),
            billing: BillingMode::from(text(&properties["BillingMode"])?),
        })
    }
}

fn index(index: &Value) -> anyhow::Result<GlobalSecondaryIndex> {
    let projected =
        list(&index["Projection"]["NonKeyAttributes"]).map(text).collect::<Result<Vec<_>, _>>()?;
    let projection = Projection::builder()
        .projection_type(ProjectionType::from(text(&index["Projection"]["ProjectionType"])?))
        .set_non_key_attributes(
            (!projected.is_empty()).then(|| projected.into_iter().map(str::to_owned).collect()),
        )
        .build();
    Ok(GlobalSecondaryIndex::builder()
        .index_name(text(&index["IndexName"])?)
        .set_key_schema(Some(key(&index["KeySchema"])?))
        .projection(projection)
        .build()?)
}

fn key(schema: &Value) -> anyhow::Result<Vec<KeySchemaElement>> {
    let elements = list(schema).map(|element| {
        let kind = KeyType::from(text(&element["KeyType"])?);
        Ok(KeySchemaElement::builder()
            .attribute_name(text(&element["AttributeName"])?)
            .key_type(kind)
            .build()?)
    });
    elements.collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> anyhow::Result<&str> {
    value.as_str().with_context(|| format!("{value} is no text"))
}
