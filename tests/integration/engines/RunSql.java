import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;

/** Runs the statements of a file; of each SELECT it prints the rows at the end as a line of JSON. */
public class RunSql {
    public static void main(String[] arguments) throws Exception {
        TableEnvironment tables =
                TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().build());
        tables.getConfig().setLocalTimeZone(ZoneId.of("UTC"));
        tables.getConfig().set("parallelism.default", "1");
        for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*\\n")) {
            String sql = statement.replaceAll("(?m)^--.*$", "").strip();
            if (sql.isEmpty()) {
                continue;
            }
            TableResult result = tables.executeSql(sql);
            if (sql.startsWith("SELECT")) {
                System.out.println(new ObjectMapper().writeValueAsString(lastRows(result)));
            }
        }
    }

    private static List<Map<String, Object>> lastRows(TableResult result) throws Exception {
        List<String> names = result.getResolvedSchema().getColumnNames();
        Map<Map<String, Object>, Integer> counts = new LinkedHashMap<>();
        try (CloseableIterator<Row> rows = result.collect()) {
            while (rows.hasNext()) {
                Row row = rows.next();
                boolean isAdded = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
                Map<String, Object> fields = new LinkedHashMap<>();
                for (int at = 0; at < names.size(); at++) {
                    Object value = row.getField(at);
                    fields.put(names.get(at), value instanceof Instant ? value.toString() : value);
                }
                counts.merge(fields, isAdded ? 1 : -1, Integer::sum);
            }
        }
        List<Map<String, Object>> last = new ArrayList<>();
        counts.forEach((fields, count) -> {
            for (int at = 0; at < count; at++) {
                last.add(fields);
            }
        });
        return last;
    }
}
