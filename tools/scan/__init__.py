"""Other people's scanners over the templates: cfn-lint, cdk-nag and checkov, with and without our acknowledgements."""
