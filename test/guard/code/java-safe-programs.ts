/** Ordinary Java, in which nothing is wrong. */
export const SAFE_JAVA: readonly { readonly name: string; readonly code: string }[] = [
  {
    name: 'a store of orders',
    code: `package com.example.shop;

import java.nio.file.*;
import java.sql.*;
import java.util.*;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the orders of a shop. */
public class OrderService implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OrderService.class);
    private static final String INSERT = "INSERT INTO orders (id, customer, total) VALUES (?, ?, ?)";
    private final Connection connection;
    private final Map<Long, Order> cache = new HashMap<>();

    public OrderService(Connection connection) {
        this.connection = Objects.requireNonNull(connection);
    }

    public void save(Order order) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setLong(1, order.id());
            statement.setString(2, order.customer());
            statement.setBigDecimal(3, order.total());
            statement.executeUpdate();
        }
        cache.put(order.id(), order);
        log.info("saved order {}", order.id());
    }

    public List<Order> byCustomer(String customer) throws SQLException {
        List<Order> orders = new ArrayList<>();
        String sql = "SELECT id, customer, total FROM orders WHERE customer = ?" + " ORDER BY id";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, customer);
            ResultSet rows = statement.executeQuery();
            while (rows.next()) {
                orders.add(new Order(rows.getLong("id"), rows.getString(2), rows.getBigDecimal("total")));
            }
        }
        return orders.stream().filter(order -> order.total().signum() > 0).collect(Collectors.toList());
    }

    public String report(List<Order> orders) {
        StringBuilder text = new StringBuilder();
        for (Order order : orders) {
            text.append(String.format("%-10d %s%n", order.id(), order.customer()));
        }
        switch (orders.size()) {
            case 0 -> text.append("none");
            default -> text.append(orders.size()).append(" orders");
        }
        return text.toString();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}

record Order(long id, String customer, java.math.BigDecimal total) {}
`,
  },
  {
    name: 'a servlet that checks what it is asked',
    code: `import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.servlet.http.*;

public class DownloadServlet extends HttpServlet {
    private static final Path ROOT = Paths.get("/srv/files");
    private final SecureRandom random = new SecureRandom();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = request.getParameter("name");
        if (name == null || !name.matches("[A-Za-z0-9_-]+\\\\.pdf")) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "name");
            return;
        }
        Path file = ROOT.resolve(name).normalize();
        if (!file.startsWith(ROOT) || !Files.exists(file)) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        response.setContentType("application/pdf");
        Files.copy(file, response.getOutputStream());
    }

    String newToken() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    byte[] seal(SecretKey key, String text) throws GeneralSecurityException {
        byte[] nonce = new byte[12];
        random.nextBytes(nonce);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce));
        return cipher.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    static int count(InputStream in) throws IOException {
        int lines = 0;
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in))) {
            String line;
            while ((line = reader.readLine()) != null) {
                if (!line.isBlank() && lines % 2 == 0) lines++;
            }
        } catch (UncheckedIOException e) {
            throw new IOException("cannot be read", e);
        } finally {
            System.out.println("done");
        }
        return lines;
    }
}
`,
  },
  {
    name: 'a tree',
    code: `import java.util.*;
import java.util.function.*;

public final class Tree<K extends Comparable<K>, V> implements Iterable<V> {
    private Node<K, V> root;
    private int size;

    private static final class Node<K, V> {
        final K key;
        V value;
        Node<K, V> left, right;

        Node(K key, V value) {
            this.key = key;
            this.value = value;
        }
    }

    public void put(K key, V value) {
        if (root == null) {
            root = new Node<>(key, value);
            size = 1;
            return;
        }
        Node<K, V> at = root;
        for (;;) {
            int order = key.compareTo(at.key);
            if (order == 0) {
                at.value = value;
                return;
            }
            Node<K, V> next = order < 0 ? at.left : at.right;
            if (next == null) {
                Node<K, V> made = new Node<>(key, value);
                if (order < 0) at.left = made; else at.right = made;
                size++;
                return;
            }
            at = next;
        }
    }

    @Override
    public Iterator<V> iterator() {
        Deque<Node<K, V>> open = new ArrayDeque<>();
        List<V> all = new ArrayList<>();
        Consumer<Node<K, V>> walk = new Consumer<>() {
            @Override
            public void accept(Node<K, V> node) {
                if (node == null) return;
                accept(node.left);
                all.add(node.value);
                accept(node.right);
            }
        };
        walk.accept(root);
        return all.iterator();
    }

    enum Color { RED, BLACK; Color other() { return this == RED ? BLACK : RED; } }

    public static void main(String[] args) {
        Tree<String, Integer> tree = new Tree<>();
        for (String arg : args) tree.put(arg, arg.length());
        for (int value : tree) System.out.println(value);
    }
}
`,
  },
];
