"""A gate report in the forms that people and machines read: text, SARIF, JUnit, HTML. JSON is the report itself."""
