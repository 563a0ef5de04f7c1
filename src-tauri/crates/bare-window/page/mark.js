performance.mark('home');
