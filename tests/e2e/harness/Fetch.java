// Prints the body of a URL as Java's own client gets it, which knows the system properties only.
import java.net.URL;

public class Fetch {
  public static void main(String[] arguments) throws Exception {
    try (var body = new URL(arguments[0]).openStream()) {
      body.transferTo(System.out);
    }
  }
}
